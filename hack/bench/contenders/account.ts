import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Resource } from '../../../operator/runtime/kind.ts';
import type { Progress } from '../../cluster/binaries.ts';
import { total } from '../engine/audit.ts';
import { makeBed } from '../engine/bed.ts';
import { Deployment, Service, Widget } from '../engine/objects.ts';
import { counted } from '../engine/phase.ts';
import { startSubject } from '../engine/subject.ts';
import { World } from '../engine/world.ts';
import { labelOf, type Contender } from './contender.ts';

/** What is there when a contender is done, in words that are the same for all: without times, versions and its name. */
export interface Account {
  readonly widgets: readonly Json[];
  readonly deployments: readonly Json[];
  readonly services: readonly Json[];
  /** Once it was killed and started again. */
  readonly writesAfterRestart: number;
}

const wanted = { image: 'registry.example/server:1', replicas: 2 };
const count = 5;
const longestRepairMs = 30_000;
/** Where the objects are that somebody else changes. */
const [edited, relabelled, removed] = [0, 1, 2].map((at) => ({ namespace: `bench-0${at}`, name: `w-0000${at}` })) as [At, At, At];

interface At {
  readonly namespace: string;
  readonly name: string;
}

/** Has a contender look after a few Widgets, repair what others did to their children, and start again. */
export async function accountOf(contender: Contender, progress: Progress = () => undefined): Promise<Account> {
  await contender.prepare(progress);
  const bed = await makeBed(1);
  try {
    const world = await World.open(bed.client, true);
    try {
      const start = async () => startSubject(contender, await bed.kubeconfig(bed.plane.server), bed.plane.dir);
      const first = await start();
      for (let at = 0; at < count; at += 1) await world.create(at, wanted);
      await world.steady(longestRepairMs);
      const before = await stored(bed.client);
      // Until it asks for nothing more: all may look repaired when the last word on it is still on its way.
      await counted(world, bed.audit, async () => {
        await spoil(bed.client);
        await repaired(bed.client, before, labelOf(contender));
      });
      await repaired(bed.client, before, labelOf(contender));
      await first.kill();
      let second: Awaited<ReturnType<typeof start>> | undefined;
      const { writes } = await counted(world, bed.audit, async () => { second = await start(); });
      await second?.kill();
      return { ...before, writesAfterRestart: total(writes) };
    } finally {
      await world.close();
    }
  } finally {
    await bed.stop();
  }
}

/** What another user does to children: each of these is to be undone. */
async function spoil(client: Transport): Promise<void> {
  const patch = (resource: Resource, at: At, body: Json): Promise<Json> =>
    client.request({ method: 'PATCH', path: objectPath(resource, at), contentType: 'application/strategic-merge-patch+json', body });
  await patch(Deployment, edited, { spec: { replicas: 7, template: { spec: { containers: [{ name: 'server', image: 'registry.example/other:1' }] } } } });
  await patch(Service, relabelled, { metadata: { labels: { app: 'other' } }, spec: { selector: { app: 'other' } } });
  await client.request({ method: 'DELETE', path: objectPath(Deployment, removed) });
  await client.request({ method: 'DELETE', path: objectPath(Service, removed) });
}

type Stored = Omit<Account, 'writesAfterRestart'>;

async function repaired(client: Transport, before: Stored, label: string): Promise<void> {
  const deadline = performance.now() + longestRepairMs;
  for (;;) {
    const now = await stored(client);
    const left = differences(now, before);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`${label} has not repaired what others changed after ${longestRepairMs / 1_000} s:\n${left.join('\n')}`);
    await sleep(100);
  }
}

/** One line for each object, and each number, that is not the same. */
export function differences(found: Partial<Account>, expected: Partial<Account>): readonly string[] {
  const { writesAfterRestart } = found;
  const lines = (['widgets', 'deployments', 'services'] as const).flatMap((plural) => {
    const [has, wants] = [found[plural] ?? [], expected[plural] ?? []];
    return Array.from({ length: Math.max(has.length, wants.length) }, (_, at) => at).filter((at) => !isDeepStrictEqual(has[at], wants[at]))
      .map((at) => `${plural}: ${JSON.stringify(has[at])} and not ${JSON.stringify(wants[at])}`);
  });
  return writesAfterRestart === expected.writesAfterRestart ? lines : [...lines, `writes after a restart: ${writesAfterRestart} and not ${expected.writesAfterRestart}`];
}

async function stored(client: Transport): Promise<Stored> {
  const all = async (resource: Resource, view: (live: Json) => Json): Promise<Json[]> => {
    const items = asItems((await client.request({ method: 'GET', path: collectionPath(resource) }))['items']).map((item) => asRecord(item) ?? {});
    return items.filter((live) => String(asRecord(live['metadata'])?.['namespace']).startsWith('bench-')).map(view);
  };
  return { widgets: await all(Widget, widgetView), deployments: await all(Deployment, childView), services: await all(Service, childView) };
}

/** Contenders may say more of a Widget, and in words of their own. */
function widgetView({ metadata, spec, status }: Json): Json {
  const { name, namespace } = asRecord(metadata) ?? {};
  const { observedGeneration, readyReplicas, conditions } = asRecord(status) ?? {};
  const ready = asItems(conditions).map(asRecord).find((condition) => condition?.['type'] === 'Ready');
  return { name, namespace, spec, observedGeneration, readyReplicas, ready: { status: ready?.['status'], observedGeneration: ready?.['observedGeneration'] } };
}

function childView({ metadata, spec, status }: Json): Json {
  const { name, namespace, labels, annotations, ownerReferences } = asRecord(metadata) ?? {};
  const { 'app.kubernetes.io/managed-by': managedBy, ...others } = asRecord(labels) ?? {};
  const owners = asItems(ownerReferences).map((owner) => ({ ...asRecord(owner), uid: 'of the Widget' }));
  const { readyReplicas } = asRecord(status) ?? {};
  return { name, namespace, labels: others, managed: typeof managedBy === 'string', annotations, owners, spec, readyReplicas };
}

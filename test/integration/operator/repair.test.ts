import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiError } from '../../../operator/runtime/errors.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { desiredHash, ownedHash } from '../../../operator/runtime/owned.ts';
import { modelDeployment, modelVersion } from './samples.ts';
import { path as pathOf, Stage, type Operator } from './stage.ts';
import { appliedKinds, at, ModelDeployment, type Whole } from './watching.ts';

let stage: Stage;
let namespace: string;
let operator: Operator;
/** What was last sent for each child, by `kind/name`. */
let sent: ReadonlyMap<string, Sent>;

interface Sent {
  readonly path: string;
  readonly body: Json;
}

/** No controllers and no pods: what is repaired here is what the operator sent. */
beforeAll(async () => {
  stage = await Stage.open({ controllerManager: false });
  namespace = await stage.client.freshNamespace();
  operator = await stage.operator(namespace);
  await stage.apply(namespace, 'modelversions', modelVersion('fraud-1'));
  await stage.client.mergePatch(`${pathOf(namespace, 'modelversions')}/fraud-1/status`, { status: { verification: { job: 'by-hand', outcome: 'Verified' } } });
  await stage.apply(namespace, 'modeldeployments', modelDeployment());
  await stage.watching.until(() => children().length === 6 && at(stage.watching.get(ModelDeployment, namespace, 'fraud'), 'status', 'rollout') !== undefined);
  await operator.idle();
  sent = new Map(operator.traffic.writes
    .filter(({ body, path }) => appliedKinds.some(({ kind }) => kind === body?.['kind']) && path.includes('fieldManager=modelkeeper&'))
    .map(({ path, body }) => [`${String(body?.['kind'])}/${path.split('?')[0]?.split('/').at(-1) ?? ''}`, { path: path.split('?')[0] ?? '', body: body ?? {} }]));
}, 120_000);

afterAll(() => stage.close());

function children(): Whole[] {
  return appliedKinds.flatMap((kind) => stage.watching.list(kind, namespace)).filter(({ metadata }) => metadata.owner?.kind === 'ModelDeployment');
}

function live(kind: string, name: string): Json {
  const resource = appliedKinds.find((one) => one.kind === kind);
  return (resource && stage.watching.get(resource, namespace, name)) ?? {};
}

function versionOf(object: Json): bigint {
  return BigInt(String(at(object, 'metadata', 'resourceVersion')));
}

type Path = readonly (string | number)[];

/** Paths of all values that have no members. */
function leaves(value: unknown, path: Path = []): Path[] {
  const members: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(asRecord(value) ?? {});
  if (members.length === 0) return [path];
  return members.flatMap(([step, member]) => leaves(member, [...path, step]));
}

/** Leaves that nobody can edit, or with which an object or an item of a list becomes another one. */
const notEdited: Readonly<Record<string, RegExp>> = {
  'names the object, or the copy that an apply is for': /^(apiVersion|kind|metadata\.(name|namespace|uid|resourceVersion))$/,
  'says whose child it is: one that is given away is no longer ours': /^metadata\.ownerReferences/,
  'is immutable': /^(Deployment:spec\.selector|Service:spec\.clusterIP$)/,
  'must match the selector, which is immutable': /^Deployment:spec\.template\.metadata\.labels\.modelkeeper\.dev\/(model-deployment|component|model-version)$/,
  'is the key of an item in a list': /(containers|initContainers|env|volumes)\.\d+\.name$|\.(containerPort|mountPath)$|^Deployment:.*ports\.\d+\.protocol$|^Service:spec\.ports\.\d+\.(port|protocol)$/,
  'is an empty object': /emptyDir$/,
  'has no other value that is allowed beside the rest': /strategy\.type$|fieldRef\.apiVersion$|volumeMounts\.\d+\.name$|^Service:spec\.type$/,
};

function skipped(kind: string, path: Path): boolean {
  const text = path.join('.');
  return Object.values(notEdited).some((pattern) => pattern.test(text) || pattern.test(`${kind}:${text}`));
}

const otherValues: Readonly<Record<string, unknown>> = {
  IfNotPresent: 'Always', OnRootMismatch: 'Always', HTTP: 'HTTPS', File: 'FallbackToLogsOnError', TCP: 'UDP',
  RuntimeDefault: 'Unconfined', Ingress: 'Egress', 'metadata.uid': 'metadata.name',
};

function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return value;
  if (value in otherValues) return otherValues[value];
  if (/^\d+(m|Mi|Gi)?$/.test(value)) return value.replace(/\d+/, (digits) => String(Number(digits) + 1));
  return value.startsWith('/') ? `${value}/theirs` : `${value}x`;
}

function withOther(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return other(value);
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === step ? withOther(item, rest) : item));
  return { ...asRecord(value), [step]: withOther(asRecord(value)?.[step], rest) };
}

/** Edits one leaf of a live object as someone else, or tells why the API server does not allow it. Live lists are in our order. */
async function edit({ path }: Sent, leaf: Path): Promise<Json | string> {
  try {
    return await stage.client.replace(path, asRecord(withOther(await stage.client.get(path), leaf)) ?? {});
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return error.message;
    throw error;
  }
}

describe('an edit of what we own', () => {
  test.each(['Deployment', 'Service', 'ConfigMap', 'NetworkPolicy'])('is repaired, whatever leaf of whichever %s it concerns', async (kind) => {
    const ofKind = [...sent].filter(([key]) => key.startsWith(`${kind}/`));
    expect(ofKind).toHaveLength(kind === 'Deployment' || kind === 'Service' ? 2 : 1);
    const refused: string[] = [];
    const without: string[] = [];
    let repaired = 0;
    for (const [key, child] of ofKind) {
      const name = key.split('/')[1] ?? '';
      const hash = desiredHash(child.body);
      for (const leaf of leaves(child.body).filter((path) => !skipped(kind, path))) {
        const edited = await edit(child, leaf);
        if (typeof edited === 'string') refused.push(`${leaf.join('.')}: ${edited}`);
        else if (ownedHash(edited, 'modelkeeper') === hash) without.push(leaf.join('.'));
        else {
          const version = versionOf(edited);
          await stage.watching.until(() => versionOf(live(kind, name)) > version && ownedHash(live(kind, name), 'modelkeeper') === hash);
          expect(at(live(kind, name), ...leaf)).toEqual(at(child.body, ...leaf));
          repaired += 1;
        }
      }
    }
    expect({ refused, without }).toEqual({ refused: [], without: [] });
    expect(repaired).toBeGreaterThan(ofKind.length);
  }, 120_000);
});

describe('what someone adds', () => {
  const additions: Record<string, { kinds: readonly string[]; patch: Json }> = {
    'a label': { kinds: ['Deployment', 'Service', 'ConfigMap', 'NetworkPolicy'], patch: { metadata: { labels: { theirs: 'yes' } } } },
    'an annotation': { kinds: ['Deployment', 'Service', 'ConfigMap', 'NetworkPolicy'], patch: { metadata: { annotations: { theirs: 'yes' } } } },
    'an annotation of the pods, as by kubectl rollout restart': { kinds: ['Deployment'], patch: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } } },
    'a key': { kinds: ['ConfigMap'], patch: { data: { theirs: 'yes' } } },
    'a setting that we leave open': { kinds: ['Service'], patch: { spec: { sessionAffinity: 'ClientIP' } } },
    'a node selector': { kinds: ['Deployment'], patch: { spec: { template: { spec: { nodeSelector: { disk: 'fast' } } } } } },
  };

  /** Changes children, and resolves with what the operator wrote when it had looked at every change. */
  async function writesAfter(changes: readonly (() => Promise<Json>)[]): Promise<number> {
    await operator.idle();
    const adds = (): Promise<number> => operator.metric('workqueue_adds_total{name="modeldeployment"}');
    const [writes, before] = [operator.traffic.writes.length, await adds()];
    await Promise.all(changes.map((change) => change()));
    while (await adds() < before + changes.length) await operator.idle();
    await operator.idle();
    return operator.traffic.writes.length - writes;
  }

  test.each(Object.entries(additions))('%s stays, without a write', async (_what, { kinds, patch }) => {
    const paths = [...sent].filter(([key]) => kinds.includes(key.split('/')[0] ?? '')).map(([, { path }]) => path);
    expect(await writesAfter(paths.map((path) => () => stage.client.strategicPatch(path, patch)))).toBe(0);
    for (const path of paths) expect(await stage.client.get(path)).toMatchObject(patch);
  }, 60_000);

  test('an environment variable of theirs stays, without a write', async () => {
    const deployments = [...sent].filter(([key]) => key.startsWith('Deployment/')).map(([, child]) => child);
    expect(await writesAfter(deployments.map(({ path, body }) => () => {
      const name = at(body, 'spec', 'template', 'spec', 'containers', 0, 'name');
      return stage.client.strategicPatch(path, { spec: { template: { spec: { containers: [{ name, env: [{ name: 'THEIRS', value: '1' }] }] } } } });
    }))).toBe(0);
    for (const { path } of deployments) {
      const env = at(await stage.client.get(path), 'spec', 'template', 'spec', 'containers', 0, 'env');
      expect(env).toContainEqual({ name: 'THEIRS', value: '1' });
    }
  }, 60_000);
});

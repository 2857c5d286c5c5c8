import { lines } from '../../../operator/kube/lines.ts';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import { openTransport } from '../../../operator/kube/transport.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Resource } from '../../../operator/runtime/kind.ts';
import { Deployment, Service, Widget } from '../engine/objects.ts';

/**
 * The ceiling: it sends the writes that a controller cannot do without, as events come in, and knows nothing else. What
 * fails stays undone, nothing is repaired, and a restart does it all again.
 */
const transport = openTransport({
  source: { file: process.env['KUBECONFIG'] ?? '' },
  recorder: { request: () => undefined, connected: () => undefined, watchFault: () => undefined },
});
const stop = new AbortController();
const synced = new Set<string>();
/** What was said first of each Widget: it must not arrive after what is said next. */
const said = new Map<string, Promise<void>>();

const post = (resource: Resource, namespace: string, body: Json): Promise<Json> =>
  transport.request({ method: 'POST', path: collectionPath(resource, namespace), body });

const say = async (owner: { readonly namespace: string; readonly name: string }, status: 'True' | 'False', generation: unknown): Promise<void> => {
  const condition = { type: 'Ready', status, reason: status, message: '', lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), observedGeneration: generation };
  const body = { status: { observedGeneration: generation, readyReplicas: status === 'True' ? 1 : 0, conditions: [condition] } };
  await transport.request({ method: 'PATCH', path: `${objectPath(Widget, owner)}/status`, contentType: 'application/merge-patch+json', body });
};

async function widget(live: Json): Promise<void> {
  const { name, namespace, uid, generation } = asRecord(live['metadata']) ?? {};
  const { image, replicas, port } = asRecord(live['spec']) ?? {};
  const at = { name: String(name), namespace: String(namespace) };
  const owner = { apiVersion: 'bench.modelkeeper.dev/v1', kind: 'Widget', name, uid, controller: true, blockOwnerDeletion: true };
  const labels = { app: name, 'app.kubernetes.io/managed-by': 'raw' };
  const metadata = { ...at, labels, ownerReferences: [owner] };
  const containers = [{ name: 'server', image, ports: [{ containerPort: port }] }];
  const saying = say(at, 'False', generation);
  said.set(`${at.namespace}/${at.name}`, saying);
  await Promise.all([
    saying,
    post(Deployment, at.namespace, {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata,
      spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers } } },
    }),
    post(Service, at.namespace, { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', selector: { app: name }, ports: [{ port }] } }),
  ]);
}

async function deployment(live: Json): Promise<void> {
  const { name, namespace, generation } = asRecord(live['metadata']) ?? {};
  const { observedGeneration, readyReplicas } = asRecord(live['status']) ?? {};
  if (observedGeneration !== generation || readyReplicas !== 1) return;
  const at = { name: String(name), namespace: String(namespace) };
  await said.get(`${at.namespace}/${at.name}`);
  await say(at, 'True', 1);
}

async function follow(resource: Resource, type: 'ADDED' | 'MODIFIED', act: (live: Json) => Promise<void>): Promise<void> {
  const query = { watch: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' };
  for await (const line of lines(await transport.stream({ path: collectionPath(resource), query }, stop.signal))) {
    const event = asRecord(JSON.parse(line));
    if (event?.['type'] === 'BOOKMARK' && !synced.has(resource.plural)) {
      synced.add(resource.plural);
      if (synced.size === 2) console.log('synced');
    }
    if (event?.['type'] === type) void act(asRecord(event['object']) ?? {});
  }
}

process.once('SIGTERM', () => process.exit());
await Promise.all([follow(Widget, 'ADDED', widget), follow(Deployment, 'MODIFIED', deployment)]);

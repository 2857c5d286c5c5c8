import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { desiredHash } from '../../../operator/runtime/owned.ts';
import { apiServer, ForeignClient } from '../../integration/apiserver.ts';
import { installDefinitionsOn } from '../../integration/definitions.ts';
import { modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { isTrue } from '../../integration/operator/watching.ts';
import { canary, capturing, deployment, policy, profiledPipeline, serves } from '../scenarios/objects.ts';
import { collectGarbage } from './players/garbage.ts';
import { Scene } from './players/scene.ts';
import { stream } from '../../../hack/random.ts';
import { SimulatedSite } from './site.ts';
import { Twin, type Call, type Known, type Outcome } from './twins.ts';

let real: Twin;
let simulated: Twin;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  const client = new ForeignClient(kubeconfig);
  const namespace = await client.freshNamespace();
  await client.close();
  await installDefinitionsOn(kubeconfig);
  real = Twin.real(kubeconfig, namespace);
  simulated = Twin.simulated(namespace).twin;
}, 120_000);

afterAll(async () => {
  await Promise.all([real.close(), simulated.close()]);
});

type Step = Call | ((known: (name: string) => Known) => Call);

const maps = '/api/v1/namespaces/NS/configmaps';
const ours = '/apis/modelkeeper.dev/v1alpha1/namespaces/NS';
const applying = 'application/apply-patch+yaml';
const merging = 'application/merge-patch+json';

function apply(path: string, body: Json, manager = 'modelkeeper'): Call {
  return { method: 'PATCH', path: `${path}?fieldManager=${manager}&force=true`, contentType: applying, body };
}

function merge(path: string, body: Json): Call {
  return { method: 'PATCH', path: `${path}?fieldManager=kubectl-edit`, contentType: merging, body };
}

function map(name: string, data: Json, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'NS', ...metadata }, data };
}

const put = (name: string, data: Json, metadata: Json = {}): Call => apply(`${maps}/${name}`, map(name, data, metadata));
const get = (name: string): Call => ({ method: 'GET', path: `${maps}/${name}` });
const remove = (name: string, preconditions: Json = {}): Call => ({ method: 'DELETE', path: `${maps}/${name}`, body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', preconditions } });

const named = modelVersion('v');
const versionPath = `${ours}/modelversions`;
const version = (name: string, metadata: Json = {}): Call => apply(`${versionPath}/${name}`, { ...named, apiVersion: 'modelkeeper.dev/v1alpha1', metadata: { name, namespace: 'NS', ...metadata } }, 'kubectl');
const statusOf = (name: string, status: Json, metadata: Json = {}): Call =>
  apply(`${versionPath}/${name}/status`, { apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'ModelVersion', metadata: { name, namespace: 'NS', ...metadata }, status }, 'modelkeeper-status');
const judged = (type: string, status: string): Json => ({ type, status, reason: 'R', message: 'm', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 });
const otherUid = '11111111-2222-3333-4444-555555555555';

const lease = (holder: string, metadata: Json): Json => ({
  apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l', namespace: 'NS', ...metadata },
  spec: { holderIdentity: holder, leaseTransitions: 1, leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
});
const leases = '/apis/coordination.k8s.io/v1/namespaces/NS/leases';

const courses: Readonly<Record<string, readonly Step[]>> = {
  'an apply that only creates': [put('a', { x: '1' }, { resourceVersion: '1' }), get('a'), put('a', { x: '2' }, { resourceVersion: '1' }), get('a')],
  'an apply that changes nothing': [put('b', { x: '1' }), put('b', { x: '1' }), (known) => put('b', { x: '1' }, known('ConfigMap/b') as unknown as Json)],
  'an apply that changes something, drops something and adds something': [
    put('c', { x: '1', y: '2' }, { labels: { l: '1' } }), put('c', { x: '2', z: '3' }), put('c', {}), put('c', { x: '1' }),
  ],
  'an apply of a copy that is not the newest': [
    put('d', { x: '1' }), merge(`${maps}/d`, { data: { theirs: '1' } }),
    put('d', { x: '2' }, { resourceVersion: '1' }), get('d'), (known) => put('d', { x: '2' }, { resourceVersion: known('ConfigMap/d').resourceVersion }),
  ],
  'an apply of another object': [
    put('e', { x: '1' }), put('e', { x: '2' }, { uid: otherUid }),
    (known) => put('e', { x: '2' }, { uid: otherUid, resourceVersion: known('ConfigMap/e').resourceVersion }), get('e'),
  ],
  'an apply of an object that is gone': [
    put('f', { x: '1' }), remove('f'), put('f', { x: '1' }, { uid: otherUid }), put('f', { x: '1' }, { uid: otherUid, resourceVersion: '7' }), get('f'),
  ],
  'an object of a name that is taken': [
    { method: 'POST', path: `${maps}?fieldManager=kubectl`, body: map('g', { x: '1' }) }, { method: 'POST', path: `${maps}?fieldManager=kubectl`, body: map('g', { x: '2' }) }, put('g', { x: '1', y: '2' }), put('g', { y: '2' }),
  ],
  'an edit by others, and its repair': [
    put('h', { x: '1', y: '1' }, { labels: { ours: '1' }, annotations: { note: 'ours' } }), merge(`${maps}/h`, { metadata: { labels: { ours: null, theirs: '1' } }, data: { y: '2' } }),
    put('h', { x: '1', y: '1' }, { labels: { ours: '1' }, annotations: { note: 'ours' } }), merge(`${maps}/h`, { data: null }), put('h', { x: '1', y: '1' }),
  ],
  'a field that two apply': [put('i', { x: '1' }), apply(`${maps}/i`, map('i', { x: '2' }), 'other'), put('i', { x: '2' }), put('i', {}), apply(`${maps}/i`, map('i', {}), 'other')],
  'a replacement': [
    put('j', { x: '1', y: '1' }), { method: 'PUT', path: `${maps}/j?fieldManager=kubectl-replace`, body: map('j', { x: '2' }) },
    { method: 'PUT', path: `${maps}/j`, body: map('j', { x: '3' }, { resourceVersion: '1' }) }, { method: 'PUT', path: `${maps}/missing`, body: map('missing', {}, { resourceVersion: '1' }) },
  ],
  'owner references': [
    put('k', { x: '1' }, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: otherUid, controller: true, blockOwnerDeletion: true }] }),
    merge(`${maps}/k`, { metadata: { ownerReferences: null } }), put('k', { x: '1' }, { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: otherUid, controller: true, blockOwnerDeletion: true }] }),
  ],
  'a removal': [
    put('m', { x: '1' }), remove('m', { uid: otherUid }), remove('m', { resourceVersion: '1' }), (known) => remove('m', known('ConfigMap/m') as unknown as Json), remove('m'), get('m'),
  ],
  'a removal that a finalizer holds up': [
    put('n', { x: '1' }, { finalizers: ['example.com/f'] }), remove('n'), get('n'), remove('n'), put('n', { x: '2' }, { finalizers: ['example.com/f'] }), merge(`${maps}/n`, { metadata: { finalizers: null } }), get('n'),
  ],
  'what is not there': [get('nothing'), remove('nothing'), merge(`${maps}/nothing`, { data: {} }), statusOf('nothing', { observedGeneration: 1 })],
  'an object of one of our kinds, and its defaults': [
    apply(`${ours}/pipelines/p`, { ...pipeline(), apiVersion: 'modelkeeper.dev/v1alpha1', metadata: { name: 'p', namespace: 'NS' } }, 'kubectl'),
    apply(`${ours}/pipelines/p`, { ...pipeline({ params: [{ name: 'other' }] }), apiVersion: 'modelkeeper.dev/v1alpha1', metadata: { name: 'p', namespace: 'NS' } }, 'kubectl'),
    merge(`${ours}/pipelines/p`, { metadata: { labels: { l: '1' } } }), merge(`${ours}/pipelines/p`, { spec: { triggers: { onChange: false } } }),
  ],
  'a status': [
    version('s'), statusOf('s', { observedGeneration: 1, writerEpoch: 2, conditions: [judged('Ready', 'True'), judged('Verified', 'True')] }),
    statusOf('s', { observedGeneration: 1, writerEpoch: 2, conditions: [judged('Ready', 'True'), judged('Verified', 'True')] }),
    statusOf('s', { observedGeneration: 1, writerEpoch: 2, conditions: [judged('Verified', 'False')] }),
    (known) => statusOf('s', { observedGeneration: 1, writerEpoch: 2 }, { resourceVersion: known('ModelVersion/s').resourceVersion }),
    statusOf('s', { observedGeneration: 1, writerEpoch: 2, attempt: 1 }, { resourceVersion: '1' }),
    { method: 'GET', path: `${versionPath}/s` },
  ],
  'a status of an earlier term': [
    version('t'), statusOf('t', { writerEpoch: 3 }), statusOf('t', { writerEpoch: 2 }), statusOf('t', { observedGeneration: 1 }), merge(`${versionPath}/t/status`, { status: null }),
    statusOf('t', { writerEpoch: 3, observedGeneration: 1 }), statusOf('t', { writerEpoch: 4 }), { method: 'GET', path: `${versionPath}/t` },
  ],
  'a lease': [
    { method: 'POST', path: leases, body: lease('a', {}) }, { method: 'POST', path: leases, body: lease('b', {}) },
    (known) => ({ method: 'PUT', path: `${leases}/l`, body: lease('b', { resourceVersion: known('Lease/l').resourceVersion }) }),
    { method: 'PUT', path: `${leases}/l`, body: lease('c', { resourceVersion: '1' }) }, { method: 'GET', path: `${leases}/l` },
  ],
};

/** Managed fields of a Lease are not simulated: nobody applies one. */
function comparable({ managed, ...outcome }: Outcome): Outcome {
  return outcome.object?.['kind'] === 'Lease' ? outcome : { ...outcome, ...(managed === undefined ? {} : { managed }) };
}

describe('the simulated API server answers as the real one to', () => {
  test.each(Object.entries(courses))('%s', async (_what, steps) => {
    const answersOf = async (twin: Twin): Promise<Outcome[]> => {
      const outcomes: Outcome[] = [];
      for (const step of steps) {
        outcomes.push(comparable(await twin.try(typeof step === 'function' ? step((name) => twin.known.get(name) ?? { uid: '', resourceVersion: '' }) : step)));
      }
      return outcomes;
    };
    expect(await answersOf(simulated)).toEqual(await answersOf(real));
  });
});

/** What an operator creates of each kind, and in which forms, while a Pipeline runs and a rollout goes on. */
async function creations(): Promise<readonly Call[]> {
  const site = new SimulatedSite({ seed: 1 });
  const calls: Call[] = [];
  const instance = site.start({ image: 'modelkeeper:test', intercept: (send) => (request) => {
    const body = request.body === undefined ? undefined : asRecord(JSON.parse(request.body));
    if (request.method === 'PATCH' && asRecord(body?.['metadata'])?.['resourceVersion'] === '1') {
      calls.push({ method: 'PATCH', path: request.path.replace(`/${site.world.namespace}/`, '/NS/'), contentType: applying, body: withNamespace(body) });
    }
    return send(request);
  } });
  await instance.leading;
  const { world } = site;
  await world.apply('pipelines', profiledPipeline());
  await world.until('the version is ready', (view) => isTrue(view.get('modelversions', 'fraud-1'), 'Ready'));
  await world.apply('modeldeployments', deployment(world, { ...canary([20, 50]), ...capturing }));
  await world.until('it serves', (view) => serves(view, 'fraud-1'));
  await world.apply('driftpolicies', policy({ mode: 'Alert' }));
  await world.elapse(120_000);
  await site.close();
  return calls;
}

function withNamespace(body: Json | undefined): Json {
  return { ...body, metadata: { ...asRecord(body?.['metadata']), namespace: 'NS' } };
}

/** What is compared with what is wanted as long as it lives. */
const repaired: ReadonlySet<string> = new Set(['ConfigMap', 'Deployment', 'NetworkPolicy', 'Service']);

test('what operators create is owned alike on both, and is what they wanted', async () => {
  const calls = await creations();
  expect([...new Set(calls.map(({ body }) => body?.['kind']))].sort()).toEqual([
    'ConfigMap', 'ControllerRevision', 'Deployment', 'Job', 'ModelVersion', 'NetworkPolicy', 'PersistentVolumeClaim', 'PipelineRun', 'Service',
  ]);
  for (const call of calls) {
    const [one, other] = [await simulated.try(call), await real.try(call)];
    const { metadata, ...rest } = call.body ?? {};
    const { resourceVersion: _version, ...sent } = asRecord(metadata) ?? {};
    const what = `${String(call.body?.['kind'])} ${String(sent['name'])}`;
    expect([what, one.code, one.owned, one.managed]).toEqual([what, other.code, other.owned, other.managed]);
    if (repaired.has(String(call.body?.['kind']))) expect([what, one.owned]).toEqual([what, desiredHash({ ...rest, metadata: sent })]);
  }
});

describe('the simulated API server tells watches what the real one tells,', () => {
  const selecting = { labelSelector: 'color=red', allowWatchBookmarks: 'true' };
  const red = { labels: { color: 'red' } };

  async function course(twin: Twin): Promise<readonly (readonly string[])[]> {
    for (const call of [put('w1', { x: '1' }, red), put('w2', { x: '1' }, red), put('w3', { x: '1' }, { labels: { color: 'blue' } })]) await twin.try(call);
    const watch = await twin.watch(maps, { ...selecting, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
    const initial = await watch.until('BOOKMARK');
    const since = twin.known.get('ConfigMap/w3')?.resourceVersion ?? '';
    const news = [
      put('w1', { x: '2' }, red), put('w1', { x: '2' }, red), put('w3', { x: '1' }, red), put('w2', { x: '1' }, { labels: { color: 'blue' } }), put('w2', { x: '2' }, { labels: { color: 'blue' } }),
      remove('w1'), put('w1', { x: '1' }, red), remove('w3'), put('end', {}, red),
    ];
    for (const call of news) await twin.try(call);
    const followed = await watch.until('ADDED end');
    watch.close();
    const again = await twin.watch(maps, { ...selecting, resourceVersion: since });
    const resumed = await again.until('ADDED end');
    again.close();
    // Later bookmarks come by the clock.
    const withoutBookmarks = (lines: readonly string[]): readonly string[] => lines.filter((line) => line !== 'BOOKMARK');
    return [[...initial].sort(), withoutBookmarks(followed), withoutBookmarks(resumed)];
  }

  test('of objects that come and go with their labels, from the start and from where a watch ended', async () => {
    expect(await course(simulated)).toEqual(await course(real));
  });
});

test('what has no owner any more is collected by both', async () => {
  const { kubeconfig } = await apiServer({ controllerManager: true });
  const client = new ForeignClient(kubeconfig);
  const namespace = await client.freshNamespace();
  await client.close();
  const { twin, server: one, clock } = Twin.simulated(namespace);
  collectGarbage(new Scene(one, clock, stream(1, 'garbage')));
  const other = Twin.real(kubeconfig, namespace);
  for (const at of [twin, other]) {
    const owners = (...names: readonly string[]): Json => ({
      ownerReferences: names.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: at.known.get(`ConfigMap/${name}`)?.uid ?? otherUid })),
    });
    for (const name of ['first', 'second']) await at.try(put(name, {}));
    const watch = await at.watch(maps, { allowWatchBookmarks: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' });
    await watch.until('BOOKMARK');
    await at.try(put('of-both', {}, owners('first', 'second')));
    await at.try(put('of-the-first', {}, owners('first')));
    await at.try(put('of-nobody', {}, owners('never-was')));
    await watch.until('DELETED of-nobody');
    await at.try(remove('first'));
    await watch.until('DELETED of-the-first');
    expect((await at.try(get('of-both'))).code).toBe(200);
    await at.try(remove('second'));
    await watch.until('DELETED of-both');
    watch.close();
    await at.close();
  }
});

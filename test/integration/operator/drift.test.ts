import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fileDigest } from '../../../operator/dataplane/manifest.ts';
import type { Profile } from '../../../operator/profile/format.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { noticeKey } from '../../../operator/controllers/driftpolicy/names.ts';
import { make } from '../../make.ts';
import { issue } from '../../receivers/certificate.ts';
import { Receiver } from '../../receivers/receiver.ts';
import { fileOf } from '../../pods.ts';
import { Clients, modelServer } from './live.ts';
import { modelDeployment, pipeline } from './samples.ts';
import { path, Stage, type Operator } from './stage.ts';
import { Traffic, type Call } from './traffic.ts';
import { at, condition, ConfigMap, DriftPolicy, isTrue, ModelDeployment, ModelVersion, PipelineRun, Pod } from './watching.ts';

/*
 * The whole loop on a real API server with real routers, real requests and a real receiver. Only what a kubelet runs is
 * made up: the steps, whose second profile is that of the drifted traffic.
 */
const host = '127.0.0.1';
const tls = issue(host);
const receiver = new Receiver(tls);
const after: Profile = {
  ...make.profile,
  features: make.profile.features.map((feature) => (feature.type === 'Numeric' ? { ...feature, edges: [85, 90, 95, 100], atoms: [85], counts: [0, 0, 330, 340, 330, 0] } : feature)),
};

/** Scenarios that run at a time. */
const lanes = 6;

let stage: Stage;
let server: Awaited<ReturnType<typeof modelServer>>;
let url: string;

beforeAll(async () => {
  stage = await Stage.open();
  server = await modelServer();
  const port = await receiver.listen(0, '127.0.0.1');
  url = `https://${host}:${port}/slack`;
  stage.environment = {
    MODELKEEPER_NOTIFY_ALLOWED_HOSTS: JSON.stringify([{ host, port, allowPrivate: true }]),
    MODELKEEPER_NOTIFY_CA_BUNDLE: tls.authority,
  };
  const isDrift = (uid: string): boolean => at(stage.watching.byUid(PipelineRun, uid)?.live, 'spec', 'trigger', 'type') === 'Drift';
  stage.kubelet.profileOf = (uid) => (isDrift(uid) ? after : make.profile);
}, 120_000);

afterAll(async () => {
  await stage.close();
  await Promise.all([server.close(), receiver.close()]);
});

const steps = asItems(asRecord(pipeline()['spec'])?.['steps']);
const register = asRecord(asRecord(pipeline()['spec'])?.['register']);
const profiled = pipeline({
  params: [{ name: 'depth', default: '4' }, { name: 'until', default: '' }],
  steps: [...steps, { name: 'profile', profile: { input: 'data' }, inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }] }],
  register: { ...register, profile: { step: 'profile' } },
});

function policy(more: Json = {}): Json & { readonly metadata: { readonly name: string } } {
  return {
    kind: 'DriftPolicy', metadata: { name: 'watch' },
    spec: {
      modelDeploymentRef: { name: 'fraud' }, interval: '5s', window: { duration: '5s', minSamples: 200 },
      checks: [{ name: 'inputs', dataDrift: {} }, { name: 'recall', performance: { metric: 'Recall', maxDrop: 0.2, minLabels: 20 } }],
      firing: { windows: 2, breaches: 2, cooldown: '10m' },
      actions: { mode: 'Auto', retrain: { pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: '$(window.end)' }], checks: ['inputs'] } },
      notify: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }],
      ...more,
    },
  };
}

interface Scene {
  readonly namespace: string;
  readonly clients: Clients;
  readonly operator: Operator;
}

/** A model that serves clients, with a policy that has found nothing so far. */
async function quiet(traffic = new Traffic()): Promise<Scene> {
  const { client, watching, kubelet } = stage;
  const namespace = await client.freshNamespace();
  await client.create(`/api/v1/namespaces/${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hooks' }, stringData: { slack: url } });
  const operator = await stage.operator(namespace, traffic);
  await operator.leading;
  const runtime = asRecord(asRecord(modelDeployment()['spec'])?.['runtime']);
  await stage.apply(namespace, 'pipelines', profiled);
  await stage.apply(namespace, 'modeldeployments', modelDeployment({ runtime: { ...runtime, port: server.port }, capture: { enabled: true, paneDuration: '1s', feedback: true } }));
  await watching.until(() => isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready') && isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'ProfilePublished'));
  const routers = (): string[] => watching.list(Pod, namespace)
    .filter(({ metadata }) => metadata.labels['modelkeeper.dev/component'] === 'router' && metadata.deletionTimestamp === undefined).flatMap((pod) => kubelet.addressOf(pod) ?? []);
  const clients = new Clients(routers);
  await stage.apply(namespace, 'driftpolicies', policy());
  await watching.until(() => states(namespace).every((state) => state === 'OK') && states(namespace).length === 2);
  return { namespace, clients, operator };
}

const live = (namespace: string): Json | undefined => stage.watching.get(DriftPolicy, namespace, 'watch');
const states = (namespace: string): readonly unknown[] => asItems(at(live(namespace), 'status', 'checks')).map((check) => at(check, 'state'));
const driftRuns = (namespace: string): Json[] => stage.watching.list(PipelineRun, namespace).map((run) => run.live).filter((run) => at(run, 'spec', 'trigger', 'type') === 'Drift');
const notices = (namespace: string): readonly unknown[] => asItems(at(live(namespace), 'status', 'notices'));

/** How often each message of the namespace's policy was accepted. */
function accepted(namespace: string): Record<string, number> {
  const metadata = at(live(namespace), 'metadata') as { readonly uid: string; readonly name: string };
  return Object.fromEntries(notices(namespace).map((notice) => {
    const { kind, at: when } = notice as { readonly kind: string; readonly at: string };
    const key = noticeKey(metadata, { kind, at: when }, { type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } });
    return [kind, receiver.received.filter((one) => one.key === key && one.status === 200).length];
  }));
}

/** Waits for the end of the story: the episode is over, and everybody has been told. */
async function recovered(namespace: string): Promise<void> {
  await stage.watching.until(() => at(live(namespace), 'status', 'lastEpisode', 'outcome') === 'Recovered'
    && notices(namespace).length === 2 && notices(namespace).every((notice) => at(notice, 'receivers', 0, 'sentAt') !== undefined));
}

test('drift is found on live traffic, answered by one run, rolled out, and over; people are told twice', async () => {
  const { watching } = stage;
  const { namespace, clients, operator } = await quiet();
  clients.amounts = 'large';
  await recovered(namespace);
  await clients.stop();
  const [run, ...others] = driftRuns(namespace);
  expect([others, clients.failed, accepted(namespace)]).toEqual([[], 0, { Drift: 1, Recovered: 1 }]);
  expect(run).toMatchObject({
    metadata: { labels: { 'modelkeeper.dev/issuer-uid': at(live(namespace), 'metadata', 'uid') } },
    spec: { params: [{ name: 'until', value: at(run, 'spec', 'trigger', 'window', 'end') }], trigger: { by: 'DriftPolicy/watch', episode: at(live(namespace), 'status', 'lastEpisode', 'start') } },
  });
  expect(live(namespace)).toMatchObject({ status: { version: 'fraud-2', baseline: fileDigest(fileOf(after)), fruitless: 0, loop: { outcome: 'Promoted', candidate: 'fraud-2' } } });
  expect(watching.list(ConfigMap, namespace).filter(({ metadata }) => metadata.labels['modelkeeper.dev/component'] === 'evidence')).toHaveLength(1);
  expect(isTrue(live(namespace), 'Ready')).toBe(true);
  await operator.stop();
}, 120_000);

/** Whether a write is that of the policy's status, as soon as the status has come so far. */
const records = (holds: (status: unknown) => boolean) => ({ path: asked, body, method }: Call): boolean =>
  method === 'PATCH' && asked.includes('/driftpolicies/watch/status') && holds(at(body, 'status'));

const points: Readonly<Record<string, (call: Call, namespace: string) => boolean>> = {
  'the episode is recorded': records((status) => at(status, 'episode') !== undefined),
  'the run is created': ({ path: asked, body }) => asked.includes('/pipelineruns/watch-drift-') && at(body, 'spec') !== undefined,
  'the candidate is recorded': records((status) => at(status, 'loop', 'candidate') !== undefined),
  'the alert has arrived': (_call, namespace) => (accepted(namespace)['Drift'] ?? 0) > 0,
  'the promotion is recorded': records((status) => at(status, 'loop', 'outcome') === 'Promoted'),
  'the recovery is recorded': records((status) => at(status, 'lastEpisode') !== undefined),
};

test('whenever the operator dies, before or after a write is done, the next one comes to the same end', async () => {
  const crashes = Object.entries(points).flatMap(([name, isPoint]) => [false, true].map((arrives) => ({ name: `${arrives ? 'after' : 'before'} ${name}`, isPoint, arrives })));
  const ends: Record<string, unknown> = {};
  const left = [...crashes];
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) ends[next.name] = await crash(next.isPoint, next.arrives);
  }));
  // A message can be told once more when its sender dies before it is on record that it arrived.
  const end = { runs: 1, failed: 0, version: 'fraud-2', outcome: 'Promoted', lost: 0, repeated: expect.any(Number) };
  for (const one of Object.values(ends)) expect((one as { repeated: number }).repeated).toBeLessThanOrEqual(1);
  expect(ends).toEqual(Object.fromEntries(crashes.map(({ name }) => [name, end])));
}, 300_000);

/** One loop whose operator dies at a write, before or after the API server has done it. */
async function crash(isPoint: (call: Call, namespace: string) => boolean, arrives: boolean): Promise<unknown> {
  const traffic = new Traffic();
  const dead = Promise.withResolvers<undefined>();
  let isDead = false;
  const { namespace, clients, operator } = await quiet(traffic);
  traffic.passes = (call) => {
    if (isDead) return call.method === 'GET';
    if (call.method === 'GET' || !isPoint(call, namespace)) return true;
    isDead = true;
    // What is on its way is done, and nobody learns of it.
    setTimeout(() => dead.resolve(undefined), 50);
    return arrives;
  };
  clients.amounts = 'large';
  await dead.promise;
  await operator.stop();
  await stage.client.remove(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/modelkeeper-operator`).catch(() => undefined);
  const second = await stage.operator(namespace, new Traffic());
  await recovered(namespace);
  await clients.stop();
  await second.stop();
  const told = Object.values(accepted(namespace));
  return {
    runs: driftRuns(namespace).length, failed: clients.failed,
    version: at(live(namespace), 'status', 'version'), outcome: at(live(namespace), 'status', 'loop', 'outcome'),
    lost: told.filter((times) => times === 0).length, repeated: told.reduce((sum, times) => sum + Math.max(0, times - 1), 0),
  };
}

test('a feature that no request has any more is told once and retrains nothing', async () => {
  const { namespace, clients, operator } = await quiet();
  clients.amounts = 'missing';
  await stage.watching.until(() => condition(live(namespace), 'DataAvailable')?.reason === 'FeatureMissing');
  const since = at(live(namespace), 'status', 'window', 'end');
  await stage.watching.until(() => Date.parse(String(at(live(namespace), 'status', 'window', 'end'))) >= Date.parse(String(since)) + 10_000 && Object.values(accepted(namespace)).every((times) => times > 0));
  await clients.stop();
  expect([accepted(namespace), driftRuns(namespace), at(live(namespace), 'status', 'missing', 'features'), at(live(namespace), 'status', 'episode'), clients.failed])
    .toEqual([{ FeatureMissing: 1 }, [], ['amount'], undefined, 0]);
  await operator.stop();
}, 120_000);

test('deleting the policy in the middle of the loop leaves the model alone; another one starts cleanly', async () => {
  const { watching, client } = stage;
  const { namespace, clients, operator } = await quiet();
  clients.amounts = 'large';
  await watching.until(() => driftRuns(namespace).length === 1);
  const first = at(live(namespace), 'metadata', 'uid');
  await client.remove(`${path(namespace, 'driftpolicies')}/watch`);
  await watching.until(() => at(watching.get(ModelDeployment, namespace, 'fraud'), 'status', 'activeVersion') === 'fraud-2');
  clients.amounts = 'usual';
  await stage.apply(namespace, 'driftpolicies', policy());
  await watching.until(() => driftRuns(namespace).length === 2);
  await clients.stop();
  expect(clients.failed).toBe(0);
  const issuers = driftRuns(namespace).map((run) => at(run, 'metadata', 'labels', 'modelkeeper.dev/issuer-uid'));
  expect([issuers.includes(first), new Set(issuers).size, at(live(namespace), 'status', 'fruitless')]).toEqual([true, 2, 0]);
  await operator.stop();
}, 120_000);

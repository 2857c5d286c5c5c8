import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type Job, type ModelDeployment, type ModelVersion, type PipelineRun } from '../../hack/demo/cluster/objects.ts';
import { samples, sumBy } from '../../hack/demo/cluster/prometheus.ts';
import { waitFor } from '../../hack/demo/cluster/wait.ts';
import { deployment, FraudExample, pipeline } from '../../hack/demo/story/fraud-example.ts';
import { Replay, type ReplayTotals } from '../../hack/demo/story/replay.ts';
import { firstRun, trained, type Trained } from '../../hack/demo/story/training.ts';
import { follow, getDeployment, untilDrained, untilNoTraffic, untilReady, type Followed } from '../../hack/demo/watch/rollout.ts';
import { operatorMetrics } from '../../hack/demo/watch/operator.ts';
import { podMetrics, routerRequests } from '../../hack/demo/watch/routers.ts';
import { enter, killOperator, podsOf } from './scene.ts';
import { throughPod } from './tunnel.ts';

/*
 * One story in order: each test goes on where the one before it ended, for training a model takes a minute.
 */
let scene: Awaited<ReturnType<typeof enter>>;
let example: FraudExample;
const silent = (): void => undefined;
const followed = (): Followed => follow(scene.kubectl, deployment, silent);

beforeAll(async () => {
  scene = await enter('fraud');
  example = new FraudExample(scene.kubectl, scene.images.python, 1);
});
afterAll(() => scene.leave());

/** Runs clients while `work` is done, and returns what they saw. */
async function withClients(work: (replay: Replay) => Promise<void>): Promise<ReplayTotals> {
  const { kubectl, images } = scene;
  await kubectl.run(['delete', 'job', 'fraud-replay', '--ignore-not-found', '--wait']);
  const replay = new Replay(kubectl);
  await replay.start(images.python, { seed: 1 });
  await work(replay);
  return replay.end();
}

async function retrained(name: string, worse?: 'offline' | 'online'): Promise<Trained> {
  await example.retrain(name, worse);
  return trained(scene.kubectl, name, silent);
}

function soon<T>(what: string, probe: (now: ModelDeployment) => T | undefined): Promise<T> {
  return waitFor(what, async () => probe(await getDeployment(followed())), { deadlineMs: 300_000, everyMs: 250 });
}

async function exists(resource: string, selector: string): Promise<void> {
  await waitFor(`${resource} ${selector}`, async () => ((await scene.kubectl.list(resource, selector)).length > 0 ? true : undefined), { deadlineMs: 300_000, everyMs: 250 });
}

test('a model is trained from days of transactions, verified, and serves', async () => {
  const { kubectl } = scene;
  await example.simulate();
  await example.train();
  const run = await firstRun(kubectl, pipeline);
  const { version } = await trained(kubectl, run.metadata.name, silent);
  expect(condition(version, 'Ready')).toMatchObject({ status: 'True' });
  expect(version.spec.lineage).toMatchObject({ pipeline, run: { name: run.metadata.name }, trigger: { type: 'Change' } });
  expect(version.spec.lineage?.datasets.map(({ name, uri }) => ({ name, uri }))).toEqual([{ name: 'ingest.days', uri: 'pvc://fraud-data/days' }]);
  await example.serve();
  const ready = await untilReady(followed());
  expect(ready.status).toMatchObject({ activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, replicas: 1 });
});

test('one run and one rollout come to the same end although the operator is killed five times, and no request fails', async () => {
  const { kubectl } = scene;
  const client = await withClients(async () => {
    await example.retrain('fraud-again', undefined);
    await killOperator(kubectl);
    await exists('jobs', 'modelkeeper.dev/run=fraud-again,modelkeeper.dev/step=features');
    await killOperator(kubectl);
    await waitFor('fraud-2', () => kubectl.get('modelversions', 'fraud-2'), { deadlineMs: 300_000, everyMs: 250 });
    await killOperator(kubectl);
    await soon('the first step', ({ status }) => (status?.step?.index === 0 ? true : undefined));
    await killOperator(kubectl);
    await soon('the promotion', ({ status }) => (status?.activeVersion === 'fraud-2' ? true : undefined));
    await killOperator(kubectl);
    await untilReady(followed());
    await untilDrained(followed());
  });

  const run = await kubectl.get<PipelineRun>('pipelineruns', 'fraud-again');
  expect(run?.status?.steps?.map(({ name, state, attempt }) => `${name} ${state} ${attempt}`)).toEqual(
    ['ingest', 'features', 'train', 'evaluate', 'package'].map((step) => `${step} Succeeded 1`));
  const jobs = await kubectl.list<Job>('jobs', 'modelkeeper.dev/run=fraud-again');
  expect(jobs.map(({ metadata }) => metadata.labels?.['modelkeeper.dev/step']).sort()).toEqual(['evaluate', 'features', 'ingest', 'package', 'train']);
  expect(client).toMatchObject({ failed: 0, errors: {}, labelErrors: {} });
  expect(await routerRequests(kubectl, deployment)).toEqual(client.byVersion);
  expect((await getDeployment(followed())).status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-2' });
});

test('a model trained on shuffled labels is refused by its gate and gets no request', async () => {
  const client = await withClients(async (replay) => {
    const { version } = await retrained('fraud-shuffled', 'offline');
    expect(condition(version, 'GatesPassed')).toMatchObject({ status: 'False', reason: 'GateFailed' });
    expect(condition(version, 'GatesPassed')?.message).toContain('finds-fraud');
    const from = (await replay.newest())?.second ?? 0;
    await waitFor('five more seconds of traffic', async () => (((await replay.newest())?.second ?? 0) >= from + 5 ? true : undefined), { deadlineMs: 60_000 });
  });
  expect(Object.keys(client.byVersion)).toEqual(['fraud-2']);
  expect(client.failed).toBe(0);
  expect((await getDeployment(followed())).status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-2' });
});

test('a model that is wrong only when it serves is taken back in its first step, by feedback, and the spec is untouched', async () => {
  const before = await getDeployment(followed());
  const client = await withClients(async () => {
    const { version } = await retrained('fraud-swapped', 'online');
    expect(condition(version, 'Ready')).toMatchObject({ status: 'True' });
    const { at, reason, step } = await soon('the version to be given up', ({ status }) => status?.failedVersion && { ...status.failedVersion, step: status.step });
    expect({ reason, step }).toEqual({ reason: 'AnalysisFailed', step: undefined });
    const zeroAt = await untilNoTraffic(followed(), version.metadata.name);
    expect(Date.parse(zeroAt) - Date.parse(at)).toBeLessThan(10_000);
    await untilDrained(followed());
  });
  const after = await getDeployment(followed());
  expect(client.failed).toBe(0);
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.generation).toBe(before.metadata.generation);
  expect(after.status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-4', failedVersion: { name: 'fraud-4' } });
  expect(condition(after, 'RolledBack')).toMatchObject({ status: 'True', reason: 'AnalysisFailed' });
  expect(condition(after, 'Available')).toMatchObject({ status: 'True' });
  expect(condition(after, 'Stalled')).toMatchObject({ status: 'True', reason: 'RolledBack' });
});

test('a label counts on another router than the prediction, also when that one is gone', async () => {
  const { kubectl } = scene;
  const [a, b] = (await podsOf(kubectl, deployment, 'router')).map(({ metadata }) => metadata.name);
  const row = { inputs: [{ name: 'features', shape: [1, 15], datatype: 'FP64', data: Array.from({ length: 15 }, () => 1) }] };
  const id = await throughPod(kubectl, a ?? '', async (url) => {
    const answer = await fetch(`${url}/v2/models/fraud/infer`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(row) });
    expect(answer.headers.get('x-model-version')).toBe('fraud-2');
    return answer.headers.get('x-inference-id');
  });
  await kubectl.run(['delete', 'pod', a ?? '', '--wait']);
  const counted = async (): Promise<number> =>
    Object.values(sumBy(samples(await podMetrics(kubectl, b ?? '', 9_090)), 'modelkeeper_router_feedback_total', 'version')).reduce((sum, value) => sum + value, 0);
  const before = await counted();
  const answer = await throughPod(kubectl, b ?? '', (url) => fetch(`${url}/modelkeeper/feedback`, { method: 'POST', body: JSON.stringify({ id, label: 1 }) }));
  expect(answer.status).toBe(202);
  expect(await counted()).toBe(before + 1);
});

test('the metrics tell the same conditions as kubectl, and no column is empty', async () => {
  const { kubectl } = scene;
  const told = (await operatorMetrics(kubectl)).flatMap(samples)
    .filter(({ name, labels }) => name === 'modelkeeper_status_condition' && labels['namespace'] === kubectl.namespace)
    .map(({ labels }) => [labels['kind'], labels['name'], labels['type'], labels['status']].join(' ')).sort();
  const objects = await Promise.all(['pipelines', 'pipelineruns', 'modelversions', 'modeldeployments'].map((plural) => kubectl.list<ModelVersion>(plural)));
  const stored = objects.flat().flatMap(({ kind, metadata, status }) => (status?.conditions ?? []).map(({ type, status: is }) => [kind, metadata.name, type, is].join(' '))).sort();
  expect(told).toEqual(stored);
  expect(await kubectl.run(['get', 'modelkeeper'])).not.toContain('<none>');
});

test('deleting the Pipeline and all runs while the model serves fails no request and loses no version', async () => {
  const { kubectl } = scene;
  const versions = await kubectl.list<ModelVersion>('modelversions');
  const client = await withClients(async (replay) => {
    await kubectl.run(['delete', 'pipelines,pipelineruns', '--all', '--wait']);
    await waitFor('their Jobs to be gone', async () => ((await kubectl.list('jobs', 'modelkeeper.dev/run')).length === 0 ? true : undefined), { deadlineMs: 120_000 });
    const from = (await replay.newest())?.second ?? 0;
    await waitFor('five more seconds of traffic', async () => (((await replay.newest())?.second ?? 0) >= from + 5 ? true : undefined), { deadlineMs: 60_000 });
  });
  expect(client).toMatchObject({ failed: 0, byVersion: { 'fraud-2': client.requests } });
  const left = await kubectl.list<ModelVersion>('modelversions');
  expect(left.map(({ metadata }) => metadata.uid)).toEqual(versions.map(({ metadata }) => metadata.uid));
  // The bytes are there, too: a new pod loads them, verified, or does not start.
  await kubectl.run(['delete', 'pods', '--selector', `modelkeeper.dev/model-deployment=${deployment},modelkeeper.dev/component=model`, '--wait']);
  const [pod] = await waitFor('another pod that is ready', async () => {
    const pods = await podsOf(kubectl, deployment, 'model');
    return pods.length === 1 && pods.every(({ status }) => status.containerStatuses?.every(({ ready }) => ready)) ? pods : undefined;
  }, { deadlineMs: 120_000 });
  expect(pod?.metadata.labels?.['modelkeeper.dev/model-version']).toBe('fraud-2');
});

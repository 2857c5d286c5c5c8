import { beforeAll, expect, test } from '@jest/globals';
import { condition, type DriftPolicy, type ModelDeployment, type ModelVersion, type PipelineRun } from '../../hack/demo/cluster/objects.ts';
import { samples, sumBy } from '../../hack/demo/cluster/prometheus.ts';
import { waitFor } from '../../hack/demo/cluster/wait.ts';
import type { WindowRecord } from '../../hack/demo/record.ts';
import { deployment, FraudExample, pipeline, policy } from '../../hack/demo/story/fraud-example.ts';
import { Replay, type ReplayLine, type ReplayStory } from '../../hack/demo/story/replay.ts';
import { firstRun, trained, type Trained } from '../../hack/demo/story/training.ts';
import { Chronicle } from '../../hack/demo/watch/chronicle.ts';
import { follow, getDeployment, untilDrained, untilNoTraffic, untilReady, type Followed } from '../../hack/demo/watch/rollout.ts';
import { operatorMetrics } from '../../hack/demo/watch/operator.ts';
import { podMetrics } from '../../hack/demo/watch/routers.ts';
import { enterNotifying, killOperator, podsOf } from './scene.ts';
import { throughPod } from './tunnel.ts';

/*
 * One story in order: each test goes on where the one before it ended, for training a model takes a minute.
 */
let scene: Awaited<ReturnType<typeof enterNotifying>>;
let example: FraudExample;
const silent = (): void => undefined;
const followed = (): Followed => follow(scene.kubectl, deployment, silent);
const seed = 1;
/** Days without the new pattern of fraud, in the first replay. Later ones begin in the middle of it. */
const quietDays = 2;

beforeAll(async () => {
  scene = await enterNotifying();
  example = new FraudExample(scene.kubectl, scene.images.python, seed);
});

/** Runs clients while `work` is done, and returns what they saw. */
async function withClients(work: (replay: Replay) => Promise<void>, patternAfter = 0): Promise<ReplayStory> {
  const { kubectl, images } = scene;
  await kubectl.run(['delete', 'job', 'fraud-replay', '--ignore-not-found', '--wait']);
  const replay = new Replay(kubectl);
  await replay.start(images.python, { seed, patternAfter });
  try {
    await work(replay);
  } catch (error) {
    // Its clients must not disturb the tests that follow.
    await replay.end();
    throw error;
  }
  return replay.end();
}

async function retrained(name: string, worse: 'offline' | 'online'): Promise<Trained> {
  await example.retrain(name, worse);
  return trained(scene.kubectl, name, silent);
}

async function moreTraffic(replay: Replay, seconds: number): Promise<void> {
  const from = (await replay.newest())?.second ?? 0;
  await waitFor(`${seconds} more seconds of traffic`, async () => (((await replay.newest())?.second ?? 0) >= from + seconds ? true : undefined), { deadlineMs: 60_000 });
}

function soon<T>(what: string, probe: (now: ModelDeployment) => T | undefined): Promise<T> {
  return waitFor(what, async () => probe(await getDeployment(followed())), { deadlineMs: 300_000, everyMs: 250 });
}

function soonOf<T>(what: string, probe: (now: DriftPolicy) => T | undefined): Promise<T> {
  return waitFor(what, async () => {
    const now = await scene.kubectl.get<DriftPolicy>('driftpolicies', policy);
    return now && probe(now);
  }, { deadlineMs: 400_000, everyMs: 250 });
}

test('a model is trained from days of transactions, measured, verified, and serves', async () => {
  const { kubectl } = scene;
  await example.simulate();
  await example.train();
  const run = await firstRun(kubectl, pipeline);
  const { version } = await trained(kubectl, run.metadata.name, silent);
  expect(condition(version, 'Ready')).toMatchObject({ status: 'True' });
  expect(version.spec.lineage).toMatchObject({ pipeline, run: { name: run.metadata.name }, trigger: { type: 'Change' }, models: [] });
  expect(version.spec.lineage?.datasets.map(({ name, uri }) => ({ name, uri }))).toEqual([{ name: 'ingest.days', uri: 'pvc://fraud-data/days' }]);
  expect(version.spec.metrics.some(({ champion }) => champion)).toBe(false);
  expect(version.spec.profile?.digest).toMatch(/^sha256:/);
  await example.serve();
  const ready = await untilReady(followed());
  expect(ready.status).toMatchObject({ activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, replicas: 1 });
});

test('the loop comes to the same end although the operator is killed five times and a router is lost, and no request fails', async () => {
  const { kubectl, receivers } = scene;
  await example.watch(undefined, receivers);
  const chronicle = new Chronicle({ followed: followed(), policy, receivers }, silent);
  chronicle.start();
  const { totals, lines } = await withClients(async () => {
    await soonOf('an episode', ({ status }) => status?.episode);
    await killOperator(kubectl);
    const { run } = await soonOf('the run of it', ({ status }) => (status?.loop?.created ? status.loop : undefined));
    await killOperator(kubectl);
    await chronicle.until('the alert', (now) => (now.alertsOf('Drift').length > 0 ? true : undefined), 120_000);
    await killOperator(kubectl);
    const [router] = await podsOf(kubectl, deployment, 'router');
    await kubectl.run(['delete', 'pod', router?.metadata.name ?? '', '--wait=false']);
    await waitFor('the candidate', () => kubectl.get('modelversions', 'fraud-2'), { deadlineMs: 300_000, everyMs: 250 });
    await killOperator(kubectl);
    await soon('the promotion', ({ status }) => (status?.activeVersion === 'fraud-2' ? true : undefined));
    await killOperator(kubectl);
    await soonOf('the recovery', ({ status }) => status?.lastEpisode);
    await chronicle.until('the news of it', (now) => (now.alertsOf('Recovered').length >= 2 ? true : undefined), 120_000);
    await untilDrained(followed());
    expect(await oneRun(run)).toEqual(['ingest', 'features', 'train', 'evaluate', 'profile', 'package'].map((step) => `${step} Succeeded 1`));
  }, quietDays);
  await chronicle.stop();

  expect(totals).toMatchObject({ failed: 0, errors: {}, labelErrors: {} });
  expect((await getDeployment(followed())).status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-2' });
  expect(chronicle.policy?.status).toMatchObject({ version: 'fraud-2', fruitless: 0, lastEpisode: { outcome: 'Recovered' }, loop: { outcome: 'Promoted', candidate: 'fraud-2' } });
  expect(chronicle.alerts.every(({ kind }) => kind === 'Drift' || kind === 'Recovered')).toBe(true);
  expect(new Set(chronicle.alerts.map(({ key }) => key)).size).toBe(4);
  // Each of the five kills may fall between a message and the record of it, and repeats one then.
  expect(chronicle.alerts.length).toBeLessThanOrEqual(4 + 5);
  const whole = chronicle.windows.filter(({ end }) => Date.parse(end) <= Date.parse(lines.at(-1)?.time ?? ''));
  expect(whole.length).toBeGreaterThanOrEqual(8);
  expect(miscounted(whole, lines)).toEqual([]);
});

/** What the steps of the only run that drift has started came to. */
async function oneRun(name: string): Promise<string[]> {
  const runs = (await scene.kubectl.list<PipelineRun>('pipelineruns')).filter(({ spec }) => spec.trigger.type === 'Drift');
  expect(runs.map(({ metadata }) => metadata.name)).toEqual([name]);
  return runs[0]?.status?.steps?.map(({ name: step, state, attempt }) => `${step} ${state} ${attempt}`) ?? [];
}

/** Two seconds of requests: one near the end of a window may be counted in the next one. */
const slackRows = 2 * 130;

/** Windows with more rows than there were requests, or with fewer. The first one of a version may have fewer: a canary is not counted. */
function miscounted(windows: readonly WindowRecord[], lines: readonly ReplayLine[]): object[] {
  return windows.map((window, at) => {
    const rows = window.checks.find(({ name }) => name === 'inputs')?.samples ?? 0;
    return { end: window.end, version: window.version, rows, ...requestsIn(window, lines), first: windows[at - 1]?.version !== window.version };
  }).filter(({ rows, least, most, first }) => rows > most + slackRows || (!first && rows < least - slackRows));
}

/**
 * Requests that clients had answered by the version of a window, within it: at least and at most. The replay tells its numbers
 * once a second, or after a longer time where training takes the processors, and rounds the time down to a second.
 */
function requestsIn({ start, end, version }: WindowRecord, lines: readonly ReplayLine[]): { readonly least: number; readonly most: number } {
  const before = (time: string): number => lines.findLast((line) => line.time < time)?.byVersion[version] ?? 0;
  const after = (time: string): number => (lines.find((line) => line.time > time) ?? lines.at(-1))?.byVersion[version] ?? 0;
  return { least: before(end) - after(start), most: after(end) - before(start) };
}

test('deleting the policy takes what it kept and touches nothing that serves; another one begins anew', async () => {
  const { kubectl, receivers } = scene;
  const before = await getDeployment(followed());
  const { totals } = await withClients(async () => {
    await kubectl.run(['delete', 'driftpolicies', policy, '--wait']);
    await waitFor('its ConfigMaps to be gone', async () => ((await kubectl.list('configmaps', 'modelkeeper.dev/component in (panes,evidence)')).length === 0 ? true : undefined), { deadlineMs: 60_000 });
    await example.watch(undefined, receivers);
    const { status } = await soonOf('a window without drift', (now) => (now.status?.checks?.some(({ state }) => state === 'OK') ? now : undefined));
    expect(status).toMatchObject({ version: 'fraud-2', fruitless: 0, retrains: [], notices: [] });
    expect(status?.episode ?? status?.loop).toBeUndefined();
  });
  expect(totals).toMatchObject({ failed: 0, byVersion: { 'fraud-2': totals.requests } });
  const after = await getDeployment(followed());
  expect(after.metadata.generation).toBe(before.metadata.generation);
  expect(after.status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-2' });
});

test('a model trained on shuffled labels is refused by its gate and gets no request', async () => {
  const { totals: client } = await withClients(async (replay) => {
    const { version } = await retrained('fraud-shuffled', 'offline');
    expect(condition(version, 'GatesPassed')).toMatchObject({ status: 'False', reason: 'GateFailed' });
    expect(condition(version, 'GatesPassed')?.message).toContain('finds-fraud');
    await moreTraffic(replay, 5);
  });
  expect(Object.keys(client.byVersion)).toEqual(['fraud-2']);
  expect(client.failed).toBe(0);
  expect((await getDeployment(followed())).status).toMatchObject({ activeVersion: 'fraud-2', desiredVersion: 'fraud-2' });
});

test('a model that is wrong only when it serves is taken back in its first step, by feedback, and the spec is untouched', async () => {
  const before = await getDeployment(followed());
  const { totals: client } = await withClients(async () => {
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
  const objects = await Promise.all(['pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies'].map((plural) => kubectl.list<ModelVersion>(plural)));
  const stored = objects.flat().flatMap(({ kind, metadata, status }) => (status?.conditions ?? []).map(({ type, status: is }) => [kind, metadata.name, type, is].join(' '))).sort();
  expect(told).toEqual(stored);
  expect(await kubectl.run(['get', 'modelkeeper'])).not.toContain('<none>');
});

test('deleting the Pipeline and all runs while the model serves fails no request and loses no version', async () => {
  const { kubectl } = scene;
  const versions = await kubectl.list<ModelVersion>('modelversions');
  const { totals: client } = await withClients(async (replay) => {
    await kubectl.run(['delete', 'pipelines,pipelineruns', '--all', '--wait']);
    await waitFor('their Jobs to be gone', async () => ((await kubectl.list('jobs', 'modelkeeper.dev/run')).length === 0 ? true : undefined), { deadlineMs: 120_000 });
    await moreTraffic(replay, 5);
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

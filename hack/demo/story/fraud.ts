import { condition, type ModelDeployment, type ModelVersion } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { count, secondsBetween } from '../format.ts';
import type { DemoRecord } from '../record.ts';
import { Chronicle } from '../watch/chronicle.ts';
import { cost, operatorFigures, type OperatorFigures } from '../watch/operator.ts';
import { clientText, follow, followRollout, getDeployment, untilDrained, untilNoTraffic, untilReady, type Followed } from '../watch/rollout.ts';
import { routerRequests } from '../watch/routers.ts';
import { deployment, FraudExample, pipeline, policy } from './fraud-example.ts';
import { loopRecord, untilFound, untilQuiet, untilRecovered, untilSettled } from './loop.ts';
import { Replay } from './replay.ts';
import type { Story } from './story.ts';
import { firstRun, runRecord, trained, versionRecord, type Trained } from './training.ts';

/** Days of the simulation before the new pattern of fraud appears. */
const quietDays = 4;
/** How many windows in a row must raise no alarm when nothing has changed. */
const quietWindows = 30;
/** How long clients go on after a version was refused, to show that it gets nothing. */
const afterwardsSeconds = 10;

/** From transactions to a model that serves; then fraud changes, and the loop closes, or stops a bad model. */
export async function fraudStory(story: Story): Promise<DemoRecord> {
  const { kubectl, images, seed, worse, drift, narrator, receivers } = story;
  const { tell } = narrator;
  if (!receivers) throw new Error('the fraud example needs receivers on its stage');
  const example = new FraudExample(kubectl, images.python, seed);
  const followed = follow(kubectl, deployment, tell);

  await narrator.phase('data', () => simulate(story, example));
  const costs = [await operatorFigures(kubectl)];
  const first = await narrator.phase('first run', () => train(story, example));
  costs.push(await operatorFigures(kubectl));
  const serving = await narrator.phase('first rollout', () => serve(followed, example));
  costs.push(await operatorFigures(kubectl));

  await example.watch(worse, receivers);
  const replay = new Replay(kubectl);
  const chronicle = new Chronicle({ followed, policy, receivers }, tell);
  const look = async (): Promise<void> => { costs.push(await operatorFigures(kubectl)); };
  chronicle.start();
  let change: Change;
  try {
    change = await live(story, { followed, replay, chronicle, look });
    await chronicle.stop();
  } catch (error) {
    // What went wrong is the story's error, not what its observer says afterwards.
    await chronicle.stop().catch(() => undefined);
    throw error;
  }

  tell('clients', 'telling the replay to end');
  const said = await narrator.phase('replay end', () => replay.end());
  const ended = await getDeployment(followed);
  const { second, rollout } = change;
  const made = second === undefined ? [first] : [first, second];
  return {
    example: 'fraud', seed, ...(worse === undefined ? {} : { worse }), drift, access: story.access, namespace: kubectl.namespace, deployment,
    activeVersion: ended.status?.activeVersion ?? '',
    versions: made.map(({ version }) => versionRecord(version)),
    runs: await Promise.all(made.map(({ run }) => runRecord(kubectl, run))),
    client: said.totals,
    routers: { byVersion: await routerRequests(kubectl, deployment) },
    ...(rollout ? { rollout } : {}),
    loop: await loopRecord(kubectl, chronicle, said),
    specGeneration: { before: serving.metadata.generation ?? 0, after: ended.metadata.generation ?? 0 },
    times: narrator.times,
    api: costTable(costs),
    operatorBytes: costs.at(-1)?.residentBytes ?? 0,
  };
}

/** What came of the new pattern of fraud: the run that drift started, and when its version was stopped, if it was. */
interface Change {
  readonly second?: Trained;
  readonly rollout?: DemoRecord['rollout'];
}

interface Cast {
  readonly followed: Followed;
  readonly replay: Replay;
  readonly chronicle: Chronicle;
  /** Notes what the operator has cost so far. */
  readonly look: () => Promise<void>;
}

/** The days while the model serves: quiet ones, and then those on which fraud is another. */
async function live(story: Story, { followed, replay, chronicle, look }: Cast): Promise<Change> {
  const { kubectl, worse, drift, narrator } = story;
  const { tell } = narrator;
  await narrator.phase('replay start', () => startReplay(story, replay));
  await narrator.phase('quiet windows', () => untilQuiet(chronicle, drift ? quietDays - 1 : quietWindows, tell));
  await look();
  if (!drift) return {};
  const run = await narrator.phase('drift', () => untilFound(chronicle, tell));
  const second = await narrator.phase('second run', () => trained(kubectl, run, tell));
  await look();
  const rollout = await narrator.phase('second rollout', () => takeOver(followed, second.version, replay));
  await look();
  await narrator.phase('recovery', () => (worse === undefined ? untilRecovered(chronicle, tell) : untilSettled(chronicle, tell)));
  return { second, rollout };
}

async function simulate({ narrator: { tell }, seed }: Story, example: FraudExample): Promise<void> {
  tell('data', `simulating card transactions with seed ${seed}`);
  tell('data', await example.simulate());
}

async function train({ kubectl, narrator: { tell } }: Story, example: FraudExample): Promise<Trained> {
  await example.train();
  const run = await firstRun(kubectl, pipeline);
  tell('run', `${run.metadata.name} was started by ${run.spec.trigger.by}`);
  return trained(kubectl, run.metadata.name, tell);
}

async function serve(followed: Followed, example: FraudExample): Promise<ModelDeployment> {
  await example.serve();
  const ready = await untilReady(followed);
  followed.tell('serve', `${ready.status?.url ?? ''}: ${condition(ready, 'Ready')?.message ?? ''}`);
  return ready;
}

async function startReplay({ images, seed, drift, narrator: { tell } }: Story, replay: Replay): Promise<void> {
  tell('clients', 'starting the replay: days of 30 s, 100 requests a second, 4 % of them fraud, the truth 5 s later, no second tries');
  const line = await replay.start(images.python, { seed, ...(drift ? { patternAfter: quietDays } : {}) });
  tell('clients', clientText(line));
}

/** What becomes of the second version. Returns when it was stopped, if it was stopped on the way. */
async function takeOver(followed: Followed, version: ModelVersion, replay: Replay): Promise<DemoRecord['rollout']> {
  const { tell } = followed;
  const { name } = version.metadata;
  if (condition(version, 'Ready')?.status !== 'True') {
    await moreTraffic(replay, tell);
    tell('rollout', `${name} is not rolled out: ${condition(version, 'Ready')?.message ?? ''}`);
    return undefined;
  }
  const { deployment: ended, step } = await followRollout(followed, name, replay);
  const failed = ended.status?.failedVersion;
  if (!failed) {
    tell('rollout', `  last step passed: ${condition(ended, 'AnalysisPassed')?.message ?? ''}`);
    await untilReady(followed);
    tell('rollout', `${name} serves every request`);
    await untilDrained(followed);
    return undefined;
  }
  const zeroAt = await untilNoTraffic(followed, name);
  const seconds = secondsBetween(failed.at, zeroAt);
  tell('rollout', `${name} was given up in step ${step + 1}: ${failed.reason}: ${failed.message}`);
  tell('rollout', `no router sends it anything, ${seconds.toFixed(1)} s after the verdict`);
  await untilDrained(followed);
  return { verdictAt: failed.at, zeroAt, seconds, step, reason: failed.reason };
}

async function moreTraffic(replay: Replay, tell: Followed['tell']): Promise<void> {
  const from = (await replay.newest())?.second ?? 0;
  const line = await waitFor('more answers', async () => {
    const now = await replay.newest();
    return now && now.second >= from + afterwardsSeconds ? now : undefined;
  }, { deadlineMs: 60_000 });
  tell('clients', `${count(afterwardsSeconds)} s later: ${clientText(line)}`);
}

function costTable(looks: readonly OperatorFigures[]): DemoRecord['api'] {
  const names = ['first run', 'first rollout', 'quiet windows', 'drift and second run', 'second rollout'];
  return Object.fromEntries(looks.slice(1).flatMap((look, index) => {
    const [name, before] = [names[index], looks[index]];
    return name === undefined || !before ? [] : [[name, cost(before, look)]];
  }));
}

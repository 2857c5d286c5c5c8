import { condition, type ModelDeployment, type ModelVersion } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { count, secondsBetween } from '../format.ts';
import type { DemoRecord } from '../record.ts';
import { cost, operatorFigures, type OperatorFigures } from '../watch/operator.ts';
import { clientText, follow, followRollout, getDeployment, untilDrained, untilNoTraffic, untilReady, type Followed } from '../watch/rollout.ts';
import { routerRequests } from '../watch/routers.ts';
import { deployment, FraudExample, pipeline } from './fraud-example.ts';
import { Replay } from './replay.ts';
import type { Story } from './story.ts';
import { firstRun, runRecord, trained, versionRecord, type Trained } from './training.ts';

const secondRun = 'fraud-again';
/** How long clients go on after a version was refused, to show that it gets nothing. */
const afterwardsSeconds = 10;

/** From transactions to a model that serves, and a second one that takes over or is stopped. */
export async function fraudStory(story: Story): Promise<DemoRecord> {
  const { kubectl, images, seed, worse, narrator } = story;
  const { tell } = narrator;
  const example = new FraudExample(kubectl, images.python, seed);
  const followed = follow(kubectl, deployment, tell);

  await narrator.phase('data', () => simulate(story, example));
  const costs = [await operatorFigures(kubectl)];
  const first = await narrator.phase('first run', () => train(story, example));
  costs.push(await operatorFigures(kubectl));
  const serving = await narrator.phase('first rollout', () => serve(followed, example));
  costs.push(await operatorFigures(kubectl));

  const replay = new Replay(kubectl);
  await narrator.phase('replay start', () => startReplay(story, replay));
  const second = await narrator.phase('second run', () => retrain(story, example));
  costs.push(await operatorFigures(kubectl));
  const rollout = await narrator.phase('second rollout', () => takeOver(followed, second.version, replay));
  costs.push(await operatorFigures(kubectl));

  tell('clients', 'telling the replay to end');
  const client = await narrator.phase('replay end', () => replay.end());
  const ended = await getDeployment(followed);
  return {
    example: 'fraud', seed, ...(worse === undefined ? {} : { worse }), access: story.access, namespace: kubectl.namespace, deployment,
    activeVersion: ended.status?.activeVersion ?? '',
    versions: [first, second].map(({ version }) => versionRecord(version)),
    runs: [await runRecord(kubectl, first.run), await runRecord(kubectl, second.run)],
    client,
    routers: { byVersion: await routerRequests(kubectl, deployment) },
    ...(rollout ? { rollout } : {}),
    specGeneration: { before: serving.metadata.generation ?? 0, after: ended.metadata.generation ?? 0 },
    times: narrator.times,
    api: costTable(costs),
    operatorBytes: costs.at(-1)?.residentBytes ?? 0,
  };
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

async function startReplay({ images, seed, narrator: { tell } }: Story, replay: Replay): Promise<void> {
  tell('clients', 'starting the replay: 100 requests a second, 4 % of them fraud, the truth 5 s later, no second tries');
  const line = await replay.start(images.python, { seed });
  tell('clients', clientText(line));
}

async function retrain({ kubectl, seed, worse, narrator: { tell } }: Story, example: FraudExample): Promise<Trained> {
  const how = { offline: 'on shuffled labels', online: 'and packaged with two features exchanged' };
  tell('run', `${secondRun}: training again with seed ${seed + 1_000}${worse ? ` ${how[worse]}` : ''}`);
  await example.retrain(secondRun, worse);
  return trained(kubectl, secondRun, tell);
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
  const names = ['first run', 'first rollout', undefined, 'second rollout'];
  return Object.fromEntries(looks.slice(1).flatMap((look, index) => {
    const [name, before] = [names[index], looks[index]];
    return name === undefined || !before ? [] : [[name, cost(before, look)]];
  }));
}

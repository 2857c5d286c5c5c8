import { gunzipSync } from 'node:zlib';
import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, type ConfigMap } from '../cluster/objects.ts';
import { NotAsPromised } from '../promise.ts';
import type { Tell } from '../narrator.ts';
import type { Evidence, LoopRecord } from '../record.ts';
import type { Chronicle } from '../watch/chronicle.ts';
import type { ReplayStory } from './replay.ts';

const windowMs = 120_000;
/** Slack and Teams. */
const receivers = 2;
/** Labels of what the operator keeps of an episode, and its one entry. */
const evidenceLabel = 'modelkeeper.dev/component=evidence';
const evidenceEntry = 'evidence.json.gz';
/** Seconds between two points of the lines of the report. */
const everySeconds = 2;

/** Waits for so many windows in a row in which nothing is found. */
export async function untilQuiet(chronicle: Chronicle, windows: number, tell: Tell): Promise<void> {
  await chronicle.until(`${windows} windows`, ({ windows: seen, policy }) => {
    if (policy?.status?.episode) throw new NotAsPromised(`an alarm was raised although nothing had changed: ${condition(policy, 'Drifted')?.message ?? ''}`);
    return seen.length >= windows ? true : undefined;
  }, windows * 30_000 + windowMs);
  tell('policy', `${windows} windows without an alarm`);
}

/** Waits until drift is found, people are told and a run is made for it. Returns the name of the run. */
export async function untilFound(chronicle: Chronicle, tell: Tell): Promise<string> {
  const { episode, policy } = await chronicle.until('drift to be found', ({ policy: now }) =>
    now?.status?.episode && { episode: now.status.episode, policy: now }, 300_000);
  tell('policy', `drift found at ${episode.start} by ${episode.checks.join(' and ')}`);
  tell('policy', `  ${condition(policy, 'Drifted')?.message ?? ''}`);
  const retraining = await chronicle.until('a run for it', ({ policy: now }) => (now?.status?.loop?.created ? now.status.loop : undefined), 60_000);
  tell('run', `${retraining.run} was started by the policy, for the window that ended at ${retraining.window.end}`);
  await chronicle.until('the alert to arrive', (now) => (now.alertsOf('Drift').length >= receivers ? true : undefined), 60_000);
  return retraining.run;
}

/** Waits until the new version is watched in its place, nothing is found any more, and people are told. */
export async function untilRecovered(chronicle: Chronicle, tell: Tell): Promise<void> {
  const { status } = await chronicle.until('the loop to end', ({ policy }) => (policy?.status?.loop?.endedAt === undefined ? undefined : policy), 120_000);
  tell('policy', `${status?.loop?.outcome ?? ''}: ${status?.loop?.message ?? ''}`);
  const last = await chronicle.until('the recovery', ({ policy }) => policy?.status?.lastEpisode, 300_000);
  tell('policy', `episode from ${last.start} to ${last.end}: ${last.outcome}`);
  if (last.outcome !== 'Recovered') throw new NotAsPromised(`the episode ended as ${last.outcome}`);
  await chronicle.until('the news of it to arrive', (now) => (now.alertsOf('Recovered').length >= receivers ? true : undefined), 60_000);
  await chronicle.until('another window', ({ windows }) => windows.find(({ end }) => end > last.end), windowMs);
}

/** Waits until the policy has noticed what became of a version that is no better. */
export async function untilSettled(chronicle: Chronicle, tell: Tell): Promise<void> {
  const loop = await chronicle.until('the loop to end', ({ policy }) => (policy?.status?.loop?.endedAt === undefined ? undefined : policy.status.loop), 120_000);
  tell('policy', `${loop.outcome}: ${loop.message}`);
}

/** The loop as it was seen by the policy and by the clients. */
export async function loopRecord(kubectl: Kubectl, chronicle: Chronicle, { world, lines }: ReplayStory): Promise<LoopRecord> {
  const { policy, windows, shares, alerts, episode } = chronicle;
  if (!policy) throw new NotAsPromised('the DriftPolicy was never seen');
  const { lastEpisode, loop } = policy.status ?? {};
  const evidence = await evidenceOf(kubectl);
  return {
    policy: { name: policy.metadata.name, uid: policy.metadata.uid },
    began: world.begin,
    ...(world.pattern === null ? {} : { pattern: world.pattern }),
    windows, shares, alerts,
    clients: lines.filter(({ second }) => second % everySeconds === 0).map(({ time, lastDay, byVersion }) => ({ at: time, recall: lastDay, byVersion })),
    ...(episode ? { episode } : {}),
    ...(lastEpisode ? { lastEpisode } : {}),
    ...(loop ? { retraining: loop } : {}),
    ...(evidence ? { evidence } : {}),
  };
}

async function evidenceOf(kubectl: Kubectl): Promise<Evidence | undefined> {
  const [map] = await kubectl.list<ConfigMap>('configmaps', evidenceLabel);
  const packed = map?.binaryData?.[evidenceEntry];
  return packed === undefined ? undefined : JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as Evidence;
}

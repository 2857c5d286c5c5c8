import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, type ModelDeployment } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { Changes } from '../changes.ts';
import { bar, count } from '../format.ts';
import type { Tell } from '../narrator.ts';
import type { Replay, ReplayLine } from '../story/replay.ts';
import { NotAsPromised } from '../promise.ts';
import { PodWatch } from './pods.ts';
import { largestWeight } from './routers.ts';

const deadlineMs = 600_000;
const everyLooks = 10;

/** A deployment that is followed, and who is told. */
export interface Followed {
  readonly kubectl: Kubectl;
  readonly deployment: string;
  readonly tell: Tell;
  readonly pods: PodWatch;
}

export function follow(kubectl: Kubectl, deployment: string, tell: Tell): Followed {
  return { kubectl, deployment, tell, pods: new PodWatch(kubectl, deployment, tell) };
}

export async function getDeployment({ kubectl, deployment }: Followed): Promise<ModelDeployment> {
  const found = await kubectl.get<ModelDeployment>('modeldeployments', deployment);
  if (!found) throw new NotAsPromised(`the ModelDeployment ${deployment} is gone`);
  return found;
}

/** Waits until the deployment is Ready, telling how its pods come up. */
export async function untilReady(followed: Followed): Promise<ModelDeployment> {
  const { deployment, pods } = followed;
  return waitFor(`ModelDeployment ${deployment} to be Ready`, async () => {
    await pods.look();
    const now = await getDeployment(followed);
    const ready = condition(now, 'Ready');
    return ready?.status === 'True' && ready.observedGeneration === now.metadata.generation ? now : undefined;
  }, { deadlineMs: 300_000 });
}

/** How a rollout ended, and the step it was in, from 0. */
export interface RolloutEnd {
  readonly deployment: ModelDeployment;
  readonly step: number;
}

/** Follows the rollout of `version`, with what its clients see, until it is promoted or given up. */
export async function followRollout(followed: Followed, version: string, replay: Replay): Promise<RolloutEnd> {
  const { tell, pods } = followed;
  const verdicts = new Changes();
  let told = '';
  let quiet = 0;
  let step = -1;
  const deployed = await waitFor(`the rollout of ${version} to end`, async () => {
    const [now, line] = await Promise.all([getDeployment(followed), replay.newest(), pods.look()]);
    const { rollout, weight, activeVersion, failedVersion } = now.status ?? {};
    if (failedVersion?.name === version || (activeVersion === version && !rollout)) return now;
    if (rollout?.version !== version) return undefined;
    step = now.status?.step?.index ?? step;
    for (const [, text] of verdicts.of(verdictTexts(now))) if (text !== '') tell('rollout', text);
    const state = `${weight?.desired ?? 0} ${weight?.verified ?? 0}`;
    quiet += 1;
    if (state === told && quiet < everyLooks) return undefined;
    told = state;
    quiet = 0;
    tell('rollout', shareLine(now, version, line));
    return undefined;
  }, { deadlineMs });
  return { deployment: deployed, step };
}

/** When no router sends `version` any request any more, as seen from here. */
export async function untilNoTraffic({ kubectl, deployment }: Followed, version: string): Promise<string> {
  await waitFor(`every router to send ${version} nothing`, async () => {
    return (await largestWeight(kubectl, deployment, version)) === 0 ? true : undefined;
  }, { deadlineMs: 60_000, everyMs: 250 });
  return new Date().toISOString();
}

/** Waits until the versions that lost their traffic have no pods any more. */
export async function untilDrained(followed: Followed): Promise<void> {
  const { kubectl, deployment, pods } = followed;
  await waitFor('the pods that are not needed any more to end', async () => {
    await pods.look();
    const { status } = await getDeployment(followed);
    const ending = (await kubectl.list('pods', `modelkeeper.dev/model-deployment=${deployment}`)).some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    return status?.versions?.length === 1 && !ending ? true : undefined;
  }, { deadlineMs: 180_000 });
}

/** What was found of the new version, by check; empty while a check has too few numbers. */
function verdictTexts({ status }: ModelDeployment): Record<string, string> {
  const verdicts = status?.rollout?.verdicts ?? [];
  return Object.fromEntries(verdicts.map(({ name, verdict, message }) =>
    [name, verdict === 'Passed' || verdict === 'Failed' ? `  check ${name} ${verdict.toLowerCase()}: ${message}` : '']));
}

/** The share of the new version, and what the clients have seen of each version so far. */
export function shareLine({ status }: ModelDeployment, version: string, line: ReplayLine | undefined): string {
  const { desired = 0, verified = 0 } = status?.weight ?? {};
  const way = desired === verified ? '' : ` -> ${desired} %`;
  return `${version} ${bar(verified)} ${String(verified).padStart(3)} %${way}${line ? `   ${clientText(line)}` : ''}`;
}

/** What the clients have seen of each version so far, and its recall of the last day. */
export function clientText({ byVersion, lastDay, failed }: ReplayLine): string {
  const versions = Object.entries(byVersion).map(([name, requests]) => {
    const found = lastDay[name];
    return `${name} ${count(requests)} answers${found === undefined ? '' : `, recall ${found.toFixed(2)}`}`;
  });
  return `${versions.join('   ')}   failed ${count(failed)}`;
}

import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, type Job, type ModelVersion, type PipelineRun } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import type { Tell } from '../narrator.ts';
import { NotAsPromised } from '../promise.ts';
import type { RunRecord, VersionRecord } from '../record.ts';
import { followRun } from '../watch/run.ts';
import { championOf, judgedVersion, metricsOf, tellVersion } from '../watch/version.ts';

/** A run that has ended, and the version it registered. */
export interface Trained {
  readonly run: PipelineRun;
  readonly version: ModelVersion;
}

/** The run that a new Pipeline starts by itself. */
export async function firstRun(kubectl: Kubectl, pipeline: string): Promise<PipelineRun> {
  return waitFor(`a run of Pipeline ${pipeline}`, async () => {
    const [run] = await kubectl.list<PipelineRun>('pipelineruns', `modelkeeper.dev/pipeline=${pipeline}`);
    return run;
  }, { deadlineMs: 60_000 });
}

/** Follows a run to the version it registers, and tells both. */
export async function trained(kubectl: Kubectl, name: string, tell: Tell): Promise<Trained> {
  const run = await followRun(kubectl, name, tell);
  const version = await judgedVersion(kubectl, run);
  tellVersion(version, tell);
  return { run, version };
}

export async function finishedJob(kubectl: Kubectl, name: string): Promise<void> {
  await waitFor(`Job ${name} to complete`, async () => {
    const job = await kubectl.get<Job>('jobs', name);
    const failure = job?.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
    if (failure) throw new NotAsPromised(`Job ${name} failed: ${failure.message ?? ''}`);
    return job?.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') ? true : undefined;
  }, { deadlineMs: 300_000 });
}

export async function runRecord(kubectl: Kubectl, { metadata: { name } }: PipelineRun): Promise<RunRecord> {
  const jobs = await kubectl.list<Job>('jobs', `modelkeeper.dev/run=${name}`);
  return { name, jobs: jobs.map(({ metadata, status }) => ({ name: metadata.name, start: status?.startTime ?? '', end: status?.completionTime ?? '' })) };
}

export function versionRecord(version: ModelVersion): VersionRecord {
  const { metadata: { name, creationTimestamp = '' }, spec: { artifact: { digest, uri } } } = version;
  return { name, digest, uri, createdAt: creationTimestamp, metrics: metricsOf(version), champion: championOf(version), ready: condition(version, 'Ready')?.status === 'True' };
}

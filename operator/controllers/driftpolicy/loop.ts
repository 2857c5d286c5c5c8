import type { DriftPolicySpec, Loop } from '../../api/v1alpha1/driftpolicy.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import { timestamp } from '../../runtime/conditions.ts';
import { issuerLabel } from '../../runtime/names.ts';
import type { Meta } from '../../runtime/kind.ts';
import { runResult } from '../pipeline/runs.ts';
import { versionNumber } from '../pipelinerun/registration.ts';
import { fires } from './checks.ts';
import { ended, type Recorded } from './episode.ts';
import { runName } from './names.ts';
import type { Seen } from './observation.ts';

/** After so many retrainings in a row that gave nothing better, people have to look. */
export const maxFruitless = 2;

const fruitlessOutcomes: ReadonlySet<Loop['outcome']> = new Set(['RunFailed', 'Refused', 'RolledBack']);

type Progress = Pick<Loop, 'outcome' | 'message'> & Partial<Pick<Loop, 'candidate' | 'created'>> & { readonly over?: true };

/** Why no run is started for the episode that goes on, or undefined when one is. */
export function whyNoRun(spec: DriftPolicySpec, record: Recorded, seen: Pick<Seen, 'pipeline' | 'unfinished'>, now: number): string | undefined {
  const { retrain } = spec.actions;
  const { episode, loop } = record;
  if (!retrain || !episode) return 'actions.mode is Alert';
  if (loop?.episode === episode.start) return `run ${loop.run} was started for it`;
  if (record.missing) return `features are missing: ${record.missing.features.join(', ')}`;
  if (record.fruitless >= maxFruitless) return `${record.fruitless} retrainings in a row gave no better model`;
  if (triggerOf(spec, record) === undefined) return 'none of actions.retrain.checks fires';
  if (seen.pipeline !== 'Ready') return `Pipeline ${retrain.pipelineRef.name} ${seen.pipeline === 'Missing' ? 'does not exist or is not valid' : 'is suspended'}`;
  if (seen.unfinished !== undefined) return `run ${seen.unfinished} of Pipeline ${retrain.pipelineRef.name} has not ended`;
  const { count, period } = retrain.maxPerPeriod;
  const spent = recent(record, period, now).length;
  return spent >= count ? `${spent} of ${count} runs were started in the last ${period}` : undefined;
}

/** The first check that fires and may start a run. */
function triggerOf({ actions, firing }: DriftPolicySpec, { checks }: Recorded): string | undefined {
  return checks.find((check) => actions.retrain?.checks.includes(check.name) === true && fires(check, firing))?.name;
}

function recent({ retrains }: Pick<Recorded, 'retrains'>, period: string, now: number): string[] {
  return retrains.filter((at) => Date.parse(at) > now - durationMs(period));
}

/** Decides on a run for the episode that goes on, if it shall have one. It is created once this is on record. */
export function retrained(policy: { readonly metadata: Meta; readonly spec: DriftPolicySpec }, record: Recorded, seen: Seen, now: number): Recorded {
  const { spec, metadata } = policy;
  const { episode, window } = record;
  const { retrain } = spec.actions;
  if (!retrain || !episode || !window || whyNoRun(spec, record, seen, now) !== undefined) return record;
  const trigger = triggerOf(spec, record) ?? '';
  const startedAt = timestamp(now);
  const run = runName(metadata, episode.start);
  return {
    ...record,
    loop: { episode: episode.start, window, trigger, run, startedAt, created: false, outcome: 'Starting', message: `run ${run} is being created` },
    retrains: [...recent(record, retrain.maxPerPeriod.period, now), startedAt].slice(-20),
  };
}

/** Follows the newest retraining to its end. One that gives nothing better ends the episode: the next one may try again. */
export function followed(policy: { readonly metadata: Meta }, record: Recorded, seen: Seen, now: number): Recorded {
  const { loop } = record;
  if (!loop || loop.endedAt !== undefined) return record;
  const { over, ...progress } = progressOf(policy.metadata, loop, seen);
  const next: Loop = { ...loop, ...progress, message: progress.message.slice(0, 256), ...(over ? { endedAt: timestamp(now) } : {}) };
  if (!over || !fruitlessOutcomes.has(next.outcome)) return { ...record, loop: next };
  const counted = { ...record, loop: next, fruitless: record.fruitless + 1 };
  return record.episode?.start === loop.episode ? ended(counted, 'Fruitless', timestamp(now)) : counted;
}

function progressOf(policy: Meta, loop: Loop, seen: Seen): Progress {
  const { run } = seen;
  if (loop.candidate !== undefined) return judging(loop.candidate, seen);
  if (!run || run.metadata.labels[issuerLabel] !== policy.uid) {
    return loop.created
      ? { outcome: 'RunFailed', message: `run ${loop.run} was deleted before it ended`, over: true }
      : { outcome: 'Starting', message: `run ${loop.run} is being created` };
  }
  const result = runResult(run.status);
  if (result === 'Running') return { outcome: 'Training', created: true, message: `run ${loop.run} is under way` };
  const summary = run.status.conditions.find(({ type }) => type === 'Succeeded')?.message ?? '';
  if (result !== 'Succeeded') return { outcome: 'RunFailed', created: true, message: `run ${loop.run}: ${summary}`, over: true };
  const candidate = run.status.modelVersionRef?.name;
  if (candidate === undefined) return { outcome: 'RunFailed', created: true, message: `run ${loop.run} registers no version`, over: true };
  return { outcome: 'Judging', created: true, candidate, message: `${candidate} is being verified and judged` };
}

/** What has become of the candidate, by what is recorded of it elsewhere: that also holds after the ModelVersion is gone. */
function judging(candidate: string, { deployment, candidate: version }: Seen): Progress {
  const { activeVersion, failedVersion, rollout } = deployment?.status ?? {};
  if (activeVersion === candidate) return { outcome: 'Promoted', message: `${candidate} serves every request`, over: true };
  if (failedVersion?.name === candidate) return { outcome: 'RolledBack', message: `${candidate} was taken back: ${failedVersion.message}`, over: true };
  const model = deployment?.spec.model ?? '';
  if (activeVersion !== undefined && (versionNumber(model, activeVersion) ?? 0) > (versionNumber(model, candidate) ?? 0)) {
    return { outcome: 'Superseded', message: `${activeVersion}, which is newer than ${candidate}, serves`, over: true };
  }
  if (rollout?.version === candidate) return { outcome: 'RollingOut', message: `${candidate} is being rolled out` };
  if (!version) return { outcome: 'Refused', message: `${candidate} was deleted before it served`, over: true };
  // Ready is also False while the API server refuses a child of the version, which may pass.
  const refused = version.status.conditions.find(({ type, status }) => (type === 'Verified' || type === 'GatesPassed') && status === 'False');
  if (refused) return { outcome: 'Refused', message: `${candidate}: ${refused.message}`, over: true };
  const ready = version.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.reason === 'ChampionReplaced') return { outcome: 'Superseded', message: `${candidate}: ${ready.message}`, over: true };
  if (ready?.status === 'True') return { outcome: 'RollingOut', message: `${candidate} may serve; its rollout has not begun` };
  return { outcome: 'Judging', message: ready?.status === 'False' ? `${candidate} cannot go on: ${ready.message}` : `${candidate} is being verified and judged` };
}

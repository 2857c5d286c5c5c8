import type { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunStatus, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { no, timestamp, unknown, yes, type Activity, type Verdict } from '../../runtime/conditions.ts';
import type { Decision } from '../../runtime/controller.ts';
import { childName, issuerLabel } from '../../runtime/names.ts';
import { attempts, type LiveRun, type Seen } from './observation.ts';
import { params, tooLong } from './params.ts';
import { nextVersionName, registrationProblem } from './registration.ts';
import { hasEnded, nextSteps } from './steps.ts';
import { jobUidLabel, podEnded, podLagMs } from '../resources/workloads.ts';

/** How soon a run that waits for a model looks for it again: to follow every model in the namespace would cost more. */
const modelRecheckMs = 5_000;

type Recorded = Decision<PipelineRunStatus, 'Succeeded'>;

/** What to record next of a run. A run that has ended is left as it is. */
export function decide(run: LiveRun, seen: Seen, now: number): Recorded {
  const { status } = run;
  if (status.finishedAt !== undefined) return latched(status);
  const startedAt = status.startedAt ?? timestamp(now);
  if (!seen.snapshot) return beforeSnapshot(run, seen, { startedAt, now });
  const { values, problem = tooLong(seen.snapshot.spec, values) } = params(seen.snapshot.spec, run.spec);
  if (problem !== undefined) return finish({ ...status, startedAt, progress: `0/${seen.snapshot.spec.steps.length}` }, no('InvalidParameter', problem), now);

  const steps = nextSteps(seen.snapshot.spec, status.steps, {
    run: run.metadata, attempts: attempts(run, seen), cancel: run.spec.cancel, alive: aliveIn(run, seen),
  }, now);
  const next = { ...status, startedAt, steps, progress: `${steps.filter(({ state }) => state === 'Succeeded').length}/${steps.length}` };
  if (!steps.every(hasEnded)) return { ...going(next, run.spec.cancel), ...(waitsForPods(run, seen) ? { recheckAfterMs: podLagMs / 4 } : {}) };
  return afterSteps(run, next, seen, now);
}

function latched(status: PipelineRunStatus): Recorded {
  const summary = status.conditions.find(({ type }) => type === 'Succeeded');
  return { status, conditions: { Succeeded: summary ?? unknown('Unknown', '') }, activity: activityAfter(summary) };
}

function beforeSnapshot({ metadata, spec, status }: LiveRun, { offered }: Seen, at: { startedAt: string; now: number }): Recorded {
  const { name } = spec.pipelineRef;
  if (spec.cancel) return finish({ ...status, startedAt: at.startedAt, progress: '0/0' }, no('Cancelled', 'the run was cancelled before it started'), at.now);
  if (status.steps.length > 0 && offered?.digest !== status.snapshot?.digest) {
    const steps = status.steps.map((step): StepStatus => (hasEnded(step) ? step : { ...step, state: 'Error', reason: 'SnapshotLost', finishedAt: timestamp(at.now) }));
    return finish({ ...status, steps, startedAt: at.startedAt }, no('SnapshotLost', `ControllerRevision ${status.snapshot?.name ?? ''} was deleted while the run went on, and Pipeline ${name} has changed since`), at.now);
  }
  const waiting = (recorded: Pick<PipelineRunStatus, 'snapshot' | 'models'>, why: Verdict): Recorded => ({
    status: { ...status, startedAt: at.startedAt, progress: `0/${offered?.snapshot.spec.steps.length ?? 0}`, snapshot: recorded.snapshot, models: recorded.models },
    conditions: { Succeeded: why },
    activity: 'Working',
  });
  if (!offered) return waiting(status, unknown('PipelineNotFound', `Pipeline ${name} does not exist or is not valid`));
  const starting = unknown('Starting', 'the spec of the Pipeline is being frozen');
  // What is on record may have been acted on: the models stay those of the snapshot.
  if (status.snapshot?.digest === offered.digest) return waiting(status, starting);
  const { resolution } = offered;
  if ('models' in resolution) {
    return waiting({ snapshot: { name: childName(metadata, name, 'snapshot'), digest: offered.digest }, models: [...resolution.models] }, starting);
  }
  if (resolution.blocked.status === 'Unknown') return { ...waiting({ snapshot: undefined, models: [] }, resolution.blocked), recheckAfterMs: modelRecheckMs };
  return finish({ ...status, startedAt: at.startedAt, progress: `0/${offered.snapshot.spec.steps.length}` }, resolution.blocked, at.now);
}

/** Whether a Job has ended whose pod has not told how; no event need follow. */
function waitsForPods({ status }: LiveRun, { jobs }: Seen): boolean {
  const going = new Set(status.steps.filter(({ state }) => state === 'Running').map(({ job }) => job?.name));
  return jobs.some(({ metadata, ended }) => ended !== undefined && going.has(metadata.name));
}

/** Whether a pod of a step's newest Job still runs, or may yet run. */
function aliveIn({ status }: LiveRun, { pods }: Seen): (step: string) => boolean {
  return (step) => {
    const uid = status.steps.find(({ name }) => name === step)?.job?.uid;
    return pods.some((pod) => uid !== undefined && pod.metadata.labels[jobUidLabel] === uid && !podEnded(pod));
  };
}

function going(status: PipelineRunStatus, cancel: boolean): Recorded {
  const running = status.steps.filter(({ state }) => state === 'Running');
  const trouble = running.find(({ message }) => message !== undefined);
  const names = running.map(({ name }) => name).join(', ');
  const why = cancel ? unknown('Cancelling', `waiting for the pods of ${names} to end`)
    : trouble ? unknown(trouble.reason ?? 'Running', `step ${trouble.name}: ${trouble.message ?? ''}`)
      : unknown('Running', running.length > 0 ? `running ${names}` : 'steps are about to start');
  return { status, conditions: { Succeeded: why }, activity: 'Working' };
}

function afterSteps(run: LiveRun, status: PipelineRunStatus, seen: Seen, now: number): Recorded {
  const failed = firstBad(status.steps);
  if (failed) return finish(status, failed, now);
  if (run.spec.cancel && !status.modelVersionRef) return finish(status, no('Cancelled', 'the run was cancelled'), now);
  const register = seen.snapshot?.spec.register;
  if (!seen.snapshot || !register) return finish(status, yes('Completed', 'all steps succeeded'), now);
  const problem = registrationProblem(register, { spec: seen.snapshot.spec, steps: status.steps, models: status.models });
  if (problem) return finish(status, no(problem.reason, problem.message), now);
  return registering(run, status, seen, { register, now });
}

function registering(run: LiveRun, status: PipelineRunStatus, { versions }: Seen, at: { register: NonNullable<PipelineSpec['register']>; now: number }): Recorded {
  const taken = versions.find(({ name }) => name === status.modelVersionRef?.name);
  if (taken && taken.labels[issuerLabel] === run.metadata.uid) {
    const modelVersionRef = { name: taken.name, uid: taken.uid };
    return finish({ ...status, modelVersionRef }, yes('Completed', `all steps succeeded; registered ${taken.name}`), at.now);
  }
  const name = status.modelVersionRef && !taken ? status.modelVersionRef.name : nextVersionName(at.register.model, versions.map((version) => version.name));
  return {
    status: { ...status, modelVersionRef: { name } },
    conditions: { Succeeded: unknown('Registering', `registering ${name}`) },
    activity: 'Working',
  };
}

function firstBad(steps: readonly StepStatus[]): Verdict | undefined {
  const bad = steps.find(({ state }) => state === 'Failed' || state === 'Error');
  if (bad) return no(bad.reason ?? bad.state, `step ${bad.name}: ${bad.message ?? bad.state}`);
  return steps.some(({ state }) => state === 'Cancelled') ? no('Cancelled', 'the run was cancelled') : undefined;
}

function finish(status: PipelineRunStatus, verdict: Verdict, now: number): Recorded {
  return { status: { ...status, finishedAt: timestamp(now) }, conditions: { Succeeded: verdict }, activity: activityAfter(verdict) };
}

/** A run that failed stays failed; what people cancelled is as they want it. */
function activityAfter(summary: Pick<Verdict, 'status' | 'reason'> | undefined): Activity {
  return summary?.status === 'False' && summary.reason !== 'Cancelled' ? 'Stalled' : 'Settled';
}

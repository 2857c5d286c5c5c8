import type { PipelineSpec, Step } from '../../api/v1alpha1/pipeline.ts';
import type { StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { timestamp } from '../../runtime/conditions.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { dependencies } from '../pipeline/references.ts';
import { without } from '../without.ts';
import { judgeAttempt, type Attempt, type AttemptSeen } from './attempt.ts';

const ended: ReadonlySet<StepStatus['state']> = new Set(['Succeeded', 'Failed', 'Error', 'Cancelled', 'Omitted']);

/** Whether a step has ended; what has ended never changes again. */
export function hasEnded({ state }: StepStatus): boolean {
  return ended.has(state);
}

export interface StepsSeen {
  readonly run: Pick<Meta, 'name' | 'uid'>;
  readonly attempts: Readonly<Record<string, AttemptSeen>>;
  readonly cancel: boolean;
  /** Whether a pod of this step's Job still runs. */
  readonly alive: (step: string) => boolean;
}

/** The next state of every step, given the recorded ones. */
export function nextSteps(spec: PipelineSpec, recorded: readonly StepStatus[], seen: StepsSeen, now: number): StepStatus[] {
  const before = new Map(recorded.map((status) => [status.name, status]));
  const known = new Map(spec.steps.map((step): [string, StepStatus] => {
    const status = before.get(step.name) ?? pending(step.name);
    return [step.name, status.state === 'Running' ? nextOfRunning(step, status, seen, now) : status];
  }));
  const failed = [...known.values()].some(({ state }) => state === 'Failed' || state === 'Error');
  return spec.steps.map((step) => {
    const status = known.get(step.name) ?? pending(step.name);
    if (status.state !== 'Pending') return status;
    if (seen.cancel) return { ...status, state: 'Cancelled' };
    if (failed) return { ...status, state: 'Omitted', reason: 'EarlierStepFailed', message: 'an earlier step did not succeed' };
    const ready = dependencies(step, spec.steps).every((name) => known.get(name)?.state === 'Succeeded');
    return ready ? start(step, status, seen, now) : status;
  });
}

function pending(name: string): StepStatus {
  return { name, state: 'Pending', attempt: 0, inputs: [], outputs: [], results: [] };
}

function start(step: Step, { name, attempt, startedAt }: StepStatus, { run }: StepsSeen, now: number): StepStatus {
  return {
    ...pending(name),
    state: 'Running',
    attempt: attempt + 1,
    job: { name: jobName(run, step.name, attempt + 1) },
    startedAt: startedAt ?? timestamp(now),
  };
}

function nextOfRunning(step: Step, status: StepStatus, seen: StepsSeen, now: number): StepStatus {
  const attemptSeen = seen.attempts[step.name] ?? {};
  const uid = attemptSeen.job?.metadata.uid ?? status.job?.uid;
  const current: StepStatus = status.job && uid !== undefined ? { ...status, job: { ...status.job, uid } } : status;
  const attempt = judgeAttempt(current, attemptSeen, now);
  if (seen.cancel && attempt.is !== 'Succeeded') return nextOfCancelled(current, seen, now);
  switch (attempt.is) {
    case 'Going': return told(current, attempt);
    case 'Unreported': return current.job ? { ...current, job: { ...current.job, recall: recallName(seen.run, step.name, current.attempt) } } : current;
    case 'Succeeded': return {
      ...told(current, {}), state: 'Succeeded', finishedAt: timestamp(now),
      inputs: [...attempt.inputs], outputs: [...attempt.report.artifacts], results: [...attempt.report.results],
    };
    case 'Failed':
    case 'Error':
      if (current.attempt <= step.retry.limit) return start(step, current, seen, now);
      return { ...told(current, attempt), state: attempt.is, finishedAt: timestamp(now) };
  }
}

/** A cancelled step has ended when its Job has ended or is gone, and no pod of it runs. */
function nextOfCancelled(status: StepStatus, { alive, attempts }: StepsSeen, now: number): StepStatus {
  const { job } = attempts[status.name] ?? {};
  if ((job && job.ended === undefined) || alive(status.name)) return told(status, { reason: 'Cancelling', message: 'waiting for the pod to end' });
  return { ...told(status, {}), state: 'Cancelled', finishedAt: timestamp(now) };
}

function told(status: StepStatus, { reason, message }: { readonly reason?: string; readonly message?: string } | Attempt & { is: 'Going' }): StepStatus {
  const rest = without(status, 'reason', 'message');
  return { ...rest, ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message: message.slice(0, 256) }) };
}

/** `<first 30 of run>-<first 12 of step>-<8 hex>`: one name for each attempt of each step of each run. */
export function jobName(run: Pick<Meta, 'name' | 'uid'>, step: string, attempt: number): string {
  return `${run.name.slice(0, 30)}-${step.slice(0, 12)}-${shortHash(run.uid, step, attempt)}`;
}

function recallName(run: Pick<Meta, 'name' | 'uid'>, step: string, attempt: number): string {
  return `${run.name.slice(0, 30)}-${step.slice(0, 12)}-${shortHash(run.uid, step, attempt, 'recall')}`;
}

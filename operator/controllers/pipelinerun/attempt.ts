import type { StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { decodeMessage, type Message } from '../../dataplane/message.ts';
import { exitCodes } from '../../dataplane/task.ts';
import { isPodLate, podEnded, type ContainerState, type StoredJob, type StoredPod } from '../resources/workloads.ts';

/** What is seen of the Job of a step's newest attempt. */
export interface AttemptSeen {
  readonly job?: StoredJob;
  readonly pod?: StoredPod;
  /** The Job that reads the record of the attempt, and its pod. */
  readonly recallJob?: StoredJob;
  readonly recallPod?: StoredPod;
}

/** How an attempt stands. Failed: the user's code failed. Error: something around it did. */
export type Attempt =
  | { readonly is: 'Going'; readonly reason?: string; readonly message?: string }
  /** Its report was lost with its pod; the record in the store has to be read. */
  | { readonly is: 'Unreported' }
  | { readonly is: 'Succeeded'; readonly report: Message; readonly inputs: Message['artifacts'] }
  | { readonly is: 'Failed' | 'Error'; readonly reason: string; readonly message: string };

/** Reasons for which a container waits that time alone does not cure. */
const stuck = new Set(['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Judges the newest attempt of a step that is recorded as running. */
export function judgeAttempt(recorded: StepStatus, seen: AttemptSeen, now: number): Attempt {
  const { job, pod } = seen;
  if (!job) {
    return recorded.job?.uid === undefined ? { is: 'Going' } : { is: 'Error', reason: 'JobDeleted', message: `Job ${recorded.job.name} was deleted while it ran` };
  }
  if (job.ended === undefined) return going(pod);
  if (job.ended === 'Failed') return failure(job, pod, now);
  const report = decodeMessage(exitOf(pod, 'publish')?.message);
  if (report) return { is: 'Succeeded', report, inputs: decodeMessage(exitOf(pod, 'fetch')?.message)?.artifacts ?? [] };
  if (pod && pod.phase !== 'Succeeded' && pod.metadata.deletionTimestamp === undefined) return { is: 'Going' };
  if (recorded.job?.recall === undefined && isPodLate(job, pod, now)) return { is: 'Going' };
  return recalled(seen, now);
}

function going(pod: StoredPod | undefined): Attempt {
  const waiting = pod?.containers.find(({ waiting: why }) => why !== undefined && stuck.has(why));
  if (waiting?.waiting !== undefined) return { is: 'Going', reason: waiting.waiting, message: `container ${waiting.name} cannot start: ${waiting.waiting}` };
  if (pod?.unschedulable !== undefined) return { is: 'Going', reason: 'Unschedulable', message: `no node takes the pod: ${pod.unschedulable}` };
  return { is: 'Going' };
}

function recalled({ recallJob, recallPod }: AttemptSeen, now: number): Attempt {
  if (recallJob?.ended === undefined) return { is: 'Unreported' };
  const report = decodeMessage(exitOf(recallPod, 'recall')?.message);
  if (report && report.error === undefined) return { is: 'Succeeded', report, inputs: [] };
  if (isPodLate(recallJob, recallPod, now)) return { is: 'Unreported' };
  return { is: 'Error', reason: 'ReportLost', message: 'the step ended, but neither its pod nor its record in the store tells its outputs' };
}

function failure(job: StoredJob, pod: StoredPod | undefined, now: number): Attempt {
  if (job.reason === 'DeadlineExceeded') return { is: 'Failed', reason: 'TimedOut', message: 'the attempt took longer than the timeout of the step' };
  const failed = pod?.containers.find(({ exit }) => exit !== undefined && exit.code !== 0);
  if (!failed && pod && !podEnded(pod) && pod.metadata.deletionTimestamp === undefined) return { is: 'Going' };
  if (isPodLate(job, pod, now)) return { is: 'Going' };
  if (!failed?.exit) return { is: 'Error', reason: 'PodLost', message: 'the pod of the attempt is gone and did not tell how it ended' };
  return failed.name === 'step' ? stepFailure(failed.exit) : agentFailure(failed.name, failed.exit);
}

function stepFailure({ code, reason }: NonNullable<ContainerState['exit']>): Attempt {
  if (reason === 'OOMKilled') return { is: 'Failed', reason: 'OutOfMemory', message: 'the step needed more memory than its limit: raise resources.limits.memory' };
  return { is: 'Failed', reason: 'StepFailed', message: `the step exited with code ${code}; its log tells why` };
}

const usersFaults: ReadonlySet<number> = new Set([exitCodes.OutputMissing, exitCodes.ResultInvalid, exitCodes.InputInvalid]);

/** What the agent says is ours and safe to show. A missing output is the step's fault, not the store's. */
function agentFailure(container: string, exit: NonNullable<ContainerState['exit']>): Attempt {
  if (exit.reason === 'OOMKilled') return { is: 'Error', reason: 'OutOfMemory', message: `${container}: needed more memory than its container has` };
  const reason = Object.entries(exitCodes).find(([, code]) => code === exit.code)?.[0] ?? 'AgentFailed';
  const said = decodeMessage(exit.message)?.error;
  return { is: usersFaults.has(exit.code) ? 'Failed' : 'Error', reason, message: `${container}: ${said ?? `exited with code ${exit.code}`}`.slice(0, 256) };
}

function exitOf(pod: StoredPod | undefined, container: string): ContainerState['exit'] {
  return pod?.containers.find(({ name }) => name === container)?.exit;
}

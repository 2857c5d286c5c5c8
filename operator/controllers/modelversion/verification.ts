import type { ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { decodeMessage } from '../../dataplane/message.ts';
import { exitCodes } from '../../dataplane/task.ts';
import { podEnded, podLagMs, type StoredJob, type StoredPod } from '../resources/workloads.ts';

type Verification = NonNullable<ModelVersionStatus['verification']>;

/** Answers of the agent that a further attempt would only repeat. */
const finalAnswers: Readonly<Record<number, Verification['outcome']>> = {
  [exitCodes.DigestMismatch]: 'DigestMismatch',
  [exitCodes.NotFound]: 'ArtifactNotFound',
  [exitCodes.AccessDenied]: 'ArtifactUnreadable',
};

/** Attempts that may end without an answer. A store that is away for a while does not use them up. */
const maxAttempts = 5;
const firstPauseMs = 10_000;
const longestPauseMs = 300_000;

type Judged = { readonly verification: Verification } | { readonly attempt: number } | undefined;

/** What the verification has come to: an outcome that stays, the next attempt, or undefined while it goes on. */
export function judgeVerification(attempt: number, seen: { readonly job: StoredJob | undefined; readonly pod: StoredPod | undefined }, now: number): Judged {
  const { job, pod } = seen;
  if (job?.ended === undefined) return undefined;
  const { name } = job.metadata;
  if (job.ended === 'Complete') return { verification: { job: name, outcome: 'Verified' } };
  const sinceMs = now - (job.endedAt ?? 0);
  const exit = pod?.containers.find((container) => container.name === 'verify')?.exit;
  if (!exit && sinceMs < podLagMs && !(pod && podEnded(pod))) return undefined;
  const outcome = finalAnswers[exit?.code ?? 0];
  const said = decodeMessage(exit?.message)?.error;
  if (outcome) return { verification: { job: name, outcome, ...(said === undefined ? {} : { message: said }) } };
  if (exit?.code !== exitCodes.StoreUnavailable && attempt + 1 >= maxAttempts) {
    return { verification: { job: name, outcome: 'VerifyFailed', message: said ?? `the artifact could not be read in ${maxAttempts} attempts` } };
  }
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10));
  return sinceMs >= pauseMs ? { attempt: attempt + 1 } : undefined;
}

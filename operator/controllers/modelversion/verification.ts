import type { ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { decodeMessage } from '../../dataplane/message.ts';
import { exitCodes } from '../../dataplane/task.ts';
import type { StoredJob, StoredPod } from '../resources/workloads.ts';

type Verification = NonNullable<ModelVersionStatus['verification']>;

/** Answers of the agent that a further attempt would only repeat. */
const finalAnswers: Readonly<Record<number, Verification['outcome']>> = {
  [exitCodes.DigestMismatch]: 'DigestMismatch',
  [exitCodes.NotFound]: 'ArtifactNotFound',
  [exitCodes.AccessDenied]: 'ArtifactUnreadable',
};

const maxAttempts = 3;

/** What the verification has come to: an outcome that stays, the next attempt, or undefined while it goes on. */
export function judgeVerification(
  attempt: number, job: StoredJob | undefined, pod: StoredPod | undefined,
): { readonly verification: Verification } | { readonly attempt: number } | undefined {
  if (job?.ended === undefined) return undefined;
  const { name } = job.metadata;
  if (job.ended === 'Complete') return { verification: { job: name, outcome: 'Verified' } };
  const exit = pod?.containers.find((container) => container.name === 'verify')?.exit;
  const outcome = finalAnswers[exit?.code ?? 0];
  const said = decodeMessage(exit?.message)?.error;
  if (outcome) return { verification: { job: name, outcome, ...(said === undefined ? {} : { message: said }) } };
  if (attempt + 1 < maxAttempts) return { attempt: attempt + 1 };
  return { verification: { job: name, outcome: 'VerifyFailed', message: said ?? `the artifact could not be read in ${maxAttempts} attempts` } };
}

import type { ModelVersionSpec, ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { exitCodes, maxProfileBytes, profileLine } from '../../dataplane/task.ts';
import { no, unknown, yes, type Verdict } from '../../runtime/conditions.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { openProfile } from '../resources/profile.ts';
import { isPodLate, type StoredJob, type StoredPod } from '../resources/workloads.ts';
import { configMapNameOf } from './profile.ts';
import type { LogFact } from './source.ts';

type Publication = NonNullable<ModelVersionStatus['profile']>;

/** What is seen of the Job whose log holds the profile. */
export interface Printed {
  /** Whether the ConfigMap is there. */
  readonly published: boolean;
  readonly job: StoredJob | undefined;
  readonly pod: StoredPod | undefined;
  readonly log: LogFact | undefined;
}

/** Jobs in a row that may fail to bring the profile. A store that is away for a while does not use them up. */
const maxFailures = 5;
const firstPauseMs = 10_000;
const longestPauseMs = 300_000;

/** Name of a Job that only prints the profile again. */
export function printJobName({ name, uid }: Pick<Meta, 'name' | 'uid'>, attempt: number): string {
  return `${name}-verify-${shortHash(uid, 'profile', attempt)}`;
}

/** The gzip of the profile in a log, as base64: undefined when it is not there whole, empty when it was too large to print. */
export function printedProfile(text: string | undefined, digest: string): string | undefined {
  const line = text?.split('\n').find((one) => one.startsWith(profileLine));
  const gzip = line?.slice(profileLine.length).trim();
  return gzip === undefined || gzip === '' || openProfile(Buffer.from(gzip, 'base64'))?.digest === digest ? gzip : undefined;
}

/** How the publication goes on: the first Job is the one that verified the version, and others follow where its log is lost. */
export function judgePublication(
  version: Pick<Meta, 'name' | 'uid'>, digest: string, recorded: Publication, at: { readonly seen: Printed; readonly now: number },
): Publication {
  const { job, attempt, failures } = recorded;
  const { seen, now } = at;
  if (seen.published) return { job, attempt, failures: 0 };
  if (recorded.outcome) return recorded;
  const gzip = seen.log && printedProfile(seen.log.text, digest);
  if (gzip === '') return { ...recorded, outcome: 'ProfileTooLarge' };
  if (gzip !== undefined || !isLost(recorded, seen, now)) return recorded;
  const away = seen.pod?.containers.some(({ name, exit }) => name === 'verify' && exit?.code === exitCodes.StoreUnavailable) === true;
  if (!away && failures + 1 >= maxFailures) return { ...recorded, outcome: 'ProfileLost' };
  const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
  if (seen.job && now - (seen.job.endedAt ?? 0) < pauseMs) return recorded;
  return { job: printJobName(version, attempt + 1), attempt: attempt + 1, failures: failures + (away ? 0 : 1) };
}

/** Whether the Job can bring the profile no more. One that only prints is made when it is missing. */
function isLost({ attempt }: Publication, { job, pod, log }: Printed, now: number): boolean {
  if (log || job?.ended === 'Failed') return true;
  if (!job) return attempt === 0;
  return job.ended === 'Complete' && !pod && !isPodLate(job, pod, now);
}

/** The same as a condition. */
export function publicationVerdict(
  { metadata, spec }: { readonly metadata: Meta; readonly spec: Pick<ModelVersionSpec, 'profile'> },
  status: { readonly profile: Publication | undefined; readonly verification: ModelVersionStatus['verification'] }, published: boolean,
): Verdict {
  const { profile: publication, verification } = status;
  if (!spec.profile) return no('NoProfile', 'the version has no profile, so drift of its data cannot be told');
  if (published) return yes('Published', `the profile is in ConfigMap ${configMapNameOf(metadata)}`);
  if (!verification) return unknown('Verifying', 'the profile is being read and compared with its digest');
  if (verification.outcome !== 'Verified') return no('NotVerified', 'the version is not what its digests say');
  if (publication?.outcome === 'ProfileTooLarge') return no('ProfileTooLarge', `the profile has more than ${maxProfileBytes / 1_024} KiB as gzip: leave columns out of the data it is made from`);
  if (publication?.outcome === 'ProfileLost') return no('ProfileLost', `${maxFailures} Jobs in a row did not print the profile: look at the log of Job ${publication.job}, then register another version`);
  return unknown('Publishing', `the profile is being taken from the log of Job ${publication?.job ?? verification.job}`);
}

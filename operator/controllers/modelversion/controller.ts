import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion, type ModelVersionSpec, type ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { no, unknown, yes, type Verdict } from '../../runtime/conditions.ts';
import { watched, type Action, type Controller, type Decision, type Live, type Source } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/kind.ts';
import { deploymentsServing, unjudgedVersions } from '../indexes.ts';
import { labels } from '../labels.ts';
import { ConfigMap, PersistentVolumeClaim, type StoredClaim } from '../resources/objects.ts';
import { Job, Pod, type StoredJob, type StoredPod } from '../resources/workloads.ts';
import type { Settings } from '../settings.ts';
import { verifyJob, verifyJobName } from './children.ts';
import { championsOf, gatesVerdict, isJudged, judgeGates } from './judgement.ts';
import { profileConfigMap, publishedIn } from './profile.ts';
import { judgePublication, printedProfile, publicationVerdict, type Printed } from './publication.ts';
import type { LogFact, LogWant } from './source.ts';
import { judgeVerification } from './verification.ts';

type LiveVersion = Live<ModelVersionSpec, ModelVersionStatus>;

interface Seen {
  /** The Job that verifies, or that prints the profile again, and its pod. */
  readonly job: StoredJob | undefined;
  readonly pod: StoredPod | undefined;
  readonly log: LogFact | undefined;
  readonly published: boolean;
  readonly claim: StoredClaim | undefined;
  /** The champions that are the active version of a ModelDeployment; looked up only while the gates have no verdict. */
  readonly active: readonly string[];
}

/** How soon a Job that ended without an answer is looked at again. */
const jobRecheckMs = 10_000;
/** How soon a version without the label that its champion is found by is looked at again. */
const championRecheckMs = 30_000;

type Conditions = 'Ready' | 'Verified' | 'GatesPassed' | 'ProfilePublished';
type VersionController = Controller<ModelVersionSpec, ModelVersionStatus, Conditions, Seen, LogWant, LogFact | undefined>;

/** Decides whether a version may serve: its bytes are what its digest says, and its metrics pass its gates. Publishes its profile. */
export function modelVersionController(settings: Pick<Settings, 'image'>, source: Source<LogWant, LogFact | undefined>): VersionController {
  return {
    kind: ModelVersion,
    owns: [{ resource: Job, life: 'CreateOnce' }, { resource: ConfigMap, life: 'CreateOnce' }],
    reads: [
      watched(Pod, ({ metadata }) => {
        const version = metadata.labels[labels.modelVersion];
        return version === undefined ? [] : [`${metadata.namespace}/${version}`];
      }),
      watched(PersistentVolumeClaim, () => []),
      watched(ModelDeployment, ({ metadata, status }, read) => waitingFor(read, metadata.namespace, status.activeVersion)),
    ],
    gets: [{ group: '', plural: 'pods/log' }],
    source,
    observe,
    act: (version, seen) => act(version, seen, settings.image),
    decide,
  };
}

/** Versions whose gates wait for this one to be active. */
function waitingFor(read: Reader, namespace: string, champion: string | undefined): string[] {
  if (champion === undefined) return [];
  return read.indexed(unjudgedVersions, namespace, champion).map(({ metadata }) => keyOf(metadata));
}

function observe(read: Reader, { metadata, spec, status }: LiveVersion, log: LogFact | undefined): Seen {
  const { namespace } = metadata;
  const name = status.verification ? status.profile?.job : verifyJobName(metadata, status.attempt);
  const published = spec.profile !== undefined && publishedIn(read, metadata) !== undefined;
  const job = published ? undefined : read.owned(Job, metadata.uid).find((owned) => owned.metadata.name === name);
  const pods = job ? read.labelled(Pod, namespace, { key: labels.modelVersion, value: metadata.name }).filter((pod) => pod.metadata.owner?.uid === job.metadata.uid) : [];
  const pod = pods.find(({ phase }) => phase === 'Succeeded') ?? pods[0];
  return {
    job, pod, published,
    log: log?.uid === pod?.metadata.uid ? log : undefined,
    claim: read.get(PersistentVolumeClaim, namespace, parseVolumeUri(spec.artifact.uri).claim),
    active: isJudged(spec, status.gates) ? [] : championsOf(spec).filter((version) => read.last(deploymentsServing, namespace, version) !== undefined),
  };
}

function act({ metadata, spec, status }: LiveVersion, { job, pod, claim, log, published }: Seen, image: string): Action<LogWant> {
  const { verification, profile } = status;
  if (!verification) return { children: [verifyJob(metadata, spec, { image, claim, name: verifyJobName(metadata, status.attempt) })] };
  if (!profile || !spec.profile || profile.outcome !== undefined || published) return { children: [] };
  const gzip = log && printedProfile(log.text, spec.profile.digest);
  return {
    children: [
      ...(profile.attempt > 0 ? [verifyJob(metadata, spec, { image, claim, name: profile.job })] : []),
      ...(gzip === undefined || gzip === '' ? [] : [profileConfigMap(metadata, gzip)]),
    ],
    ...(job?.ended === 'Complete' && pod ? { want: { namespace: metadata.namespace, pod: pod.metadata.name, uid: pod.metadata.uid } } : {}),
  };
}

function decide({ metadata, spec, status }: LiveVersion, seen: Seen, now: number): Decision<ModelVersionStatus, Conditions> {
  const { job, pod, published, active } = seen;
  const judged = isJudged(spec, status.gates) ? status.gates : judgeGates(spec, (version) => active.includes(version));
  const checked = { attempt: status.attempt, verification: status.verification, ...(status.verification ? {} : judgeVerification(status.attempt, { job, pod }, now)) };
  const profile = nextPublication({ metadata, spec, status }, checked.verification, seen, now);
  const Verified = verified(checked.verification, pod);
  const GatesPassed = gatesVerdict(judged);
  const Ready = ready(Verified, GatesPassed);
  const waits = (job?.ended !== undefined && !checked.verification) || (profile !== undefined && !published && profile.outcome === undefined);
  const unseen = championsOf(spec).length > 0 && metadata.labels[labels.champion] === undefined && GatesPassed.status === 'Unknown';
  return {
    status: { ...checked, profile, gates: 'replaced' in judged ? undefined : judged },
    conditions: { Ready, Verified, GatesPassed, ProfilePublished: publicationVerdict({ metadata, spec }, { verification: checked.verification, profile }, published) },
    activity: Ready.status === 'True' ? 'Settled' : Ready.status === 'False' ? 'Stalled' : 'Working',
    ...(waits ? { recheckAfterMs: jobRecheckMs } : unseen ? { recheckAfterMs: championRecheckMs } : {}),
  };
}

/** The verification Job of this very pass has not been seen as the one that prints: that begins with the next one. */
function nextPublication({ metadata, spec, status }: LiveVersion, verification: ModelVersionStatus['verification'], seen: Printed, now: number): ModelVersionStatus['profile'] {
  if (!spec.profile || verification?.outcome !== 'Verified') return status.profile;
  if (!status.profile) return { job: verification.job, attempt: 0, failures: 0 };
  return judgePublication(metadata, spec.profile.digest, status.profile, { seen, now });
}

function verified(verification: ModelVersionStatus['verification'], pod: StoredPod | undefined): Verdict {
  if (!verification) {
    return pod?.unschedulable === undefined
      ? unknown('Verifying', 'the artifact is being read and compared with its digest')
      : unknown('Unschedulable', `no node takes the pod that reads the artifact: ${pod.unschedulable}`);
  }
  if (verification.outcome === 'Verified') return yes('DigestMatches', 'the artifact is what its digest says');
  return no(verification.outcome, verification.message ?? 'the artifact is not what its digest says');
}

/** False as soon as one part is, even while the other is unknown. */
function ready(verification: Verdict, gates: Verdict): Verdict {
  const bad = [verification, gates].find(({ status }) => status === 'False');
  if (bad) return no(bad.reason, bad.message);
  if (verification.status === 'Unknown') return unknown(verification.reason, verification.message);
  if (gates.status === 'Unknown') return unknown(gates.reason, gates.message);
  return yes('Ready', 'verified, and all gates passed');
}

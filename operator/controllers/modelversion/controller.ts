import { ModelVersion, type ModelVersionSpec, type ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { no, unknown, yes, type Verdict } from '../../runtime/conditions.ts';
import { watched, type Controller, type Decision, type Live } from '../../runtime/controller.ts';
import { judgeGate } from '../gates.ts';
import { labels } from '../labels.ts';
import { PersistentVolumeClaim, type StoredClaim } from '../resources/objects.ts';
import { Job, Pod, type StoredJob, type StoredPod } from '../resources/workloads.ts';
import type { Settings } from '../settings.ts';
import { verifyJob, verifyJobName } from './children.ts';
import { judgeVerification } from './verification.ts';

type LiveVersion = Live<ModelVersionSpec, ModelVersionStatus>;

interface Seen {
  readonly job: StoredJob | undefined;
  readonly pod: StoredPod | undefined;
  readonly claim: StoredClaim | undefined;
}

/** How soon a verification that ended without an answer is looked at again. */
const verifyRecheckMs = 10_000;

type Conditions = 'Ready' | 'Verified' | 'GatesPassed';

/** Decides whether a version may serve: its bytes are what its digest says, and its metrics pass its gates. */
export function modelVersionController(settings: Pick<Settings, 'image'>): Controller<ModelVersionSpec, ModelVersionStatus, Conditions, Seen> {
  return {
    kind: ModelVersion,
    owns: [{ resource: Job, life: 'CreateOnce' }],
    reads: [
      watched(Pod, ({ metadata }) => {
        const version = metadata.labels[labels.modelVersion];
        return version === undefined ? [] : [`${metadata.namespace}/${version}`];
      }),
      watched(PersistentVolumeClaim, () => []),
    ],
    observe,
    act: ({ metadata, spec, status }, { claim }) => ({
      children: status.verification ? [] : [verifyJob(metadata, spec, { image: settings.image, claim, attempt: status.attempt })],
    }),
    decide,
  };
}

function observe(read: Reader, { metadata, spec, status }: LiveVersion): Seen {
  const name = verifyJobName(metadata, status.attempt);
  const job = status.verification ? undefined : read.owned(Job, metadata.uid).find((owned) => owned.metadata.name === name);
  return {
    job,
    pod: job && read.labelled(Pod, metadata.namespace, { key: labels.modelVersion, value: metadata.name })
      .find((pod) => pod.metadata.owner?.uid === job.metadata.uid),
    claim: read.get(PersistentVolumeClaim, metadata.namespace, parseVolumeUri(spec.artifact.uri).claim),
  };
}

function decide({ spec, status }: LiveVersion, { job, pod }: Seen, now: number): Decision<ModelVersionStatus, Conditions> {
  const next = { attempt: status.attempt, verification: status.verification, ...(status.verification ? {} : judgeVerification(status.attempt, { job, pod }, now)) };
  const Verified = verified(next.verification, pod);
  const GatesPassed = gatesPassed(spec);
  const Ready = ready(Verified, GatesPassed);
  return {
    status: next,
    conditions: { Ready, Verified, GatesPassed },
    activity: Ready.status === 'True' ? 'Settled' : Ready.status === 'False' ? 'Stalled' : 'Working',
    ...(job?.ended !== undefined && !next.verification ? { recheckAfterMs: verifyRecheckMs } : {}),
  };
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

function gatesPassed({ metrics, policy }: ModelVersionSpec): Verdict {
  const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  const bad = policy.gates.map((gate) => judgeGate(gate, values)).find(({ outcome }) => outcome !== 'Passed');
  if (bad) return no(bad.outcome === 'Failed' ? 'GateFailed' : 'GateInvalid', bad.message);
  return yes('GatesPassed', policy.gates.length === 0 ? 'the version has no gates' : `${policy.gates.length} of ${policy.gates.length} gates passed`);
}

/** False as soon as one part is, even while the other is unknown. */
function ready(verification: Verdict, gates: Verdict): Verdict {
  const bad = [verification, gates].find(({ status }) => status === 'False');
  if (bad) return no(bad.reason, bad.message);
  if (verification.status === 'Unknown') return unknown(verification.reason, verification.message);
  return yes('Ready', 'verified, and all gates passed');
}

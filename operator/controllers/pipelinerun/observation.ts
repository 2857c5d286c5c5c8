import { valid } from '../../api/kind.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunSpec, PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import type { Reader } from '../../runtime/cluster.ts';
import type { Live } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { numberedVersions } from '../indexes.ts';
import { labels } from '../labels.ts';
import { Snapshot, specDigest, storeClaim } from '../pipeline/snapshot.ts';
import { ControllerRevision, PersistentVolumeClaim, type StoredClaim } from '../resources/objects.ts';
import { Job, jobUidLabel, Pod, type StoredJob, type StoredPod } from '../resources/workloads.ts';
import type { AttemptSeen } from './attempt.ts';
import { resolveModels, type Resolution } from './models.ts';

export type LiveRun = Live<PipelineRunSpec, PipelineRunStatus>;

export interface Seen {
  /** What the Pipeline says now; it matters only until a snapshot is recorded and made. */
  readonly offered: { readonly snapshot: Snapshot; readonly digest: string; readonly resolution: Resolution } | undefined;
  /** What was frozen. */
  readonly snapshot: Snapshot | undefined;
  readonly claim: StoredClaim | undefined;
  /** The claims that the recorded models lie on. */
  readonly modelClaims: readonly StoredClaim[];
  readonly jobs: readonly StoredJob[];
  readonly pods: readonly StoredPod[];
  /** The version on record, and the one of the model with the highest number; looked up only for a run that registers one. */
  readonly versions: readonly Meta[];
}

/** Gathers what a run's decisions rest on. */
export function observe(read: Reader, { metadata, spec, status }: LiveRun): Seen {
  const { namespace } = metadata;
  const pipeline = status.finishedAt === undefined ? valid(read.get(Pipeline, namespace, spec.pipelineRef.name)) : undefined;
  const revision = status.snapshot && read.get(ControllerRevision, namespace, status.snapshot.name);
  const snapshot = revision?.metadata.owner?.uid === metadata.uid ? Snapshot.safeParse(revision.data).data : undefined;
  return {
    offered: pipeline && {
      snapshot: { spec: pipeline.spec, claim: storeClaim(pipeline.metadata, pipeline.spec) },
      digest: specDigest(pipeline.spec),
      resolution: resolveModels(read, namespace, pipeline.spec),
    },
    snapshot,
    claim: snapshot && read.get(PersistentVolumeClaim, namespace, snapshot.claim),
    modelClaims: status.models.flatMap(({ uri }) => (uri === undefined ? [] : read.get(PersistentVolumeClaim, namespace, parseVolumeUri(uri).claim) ?? [])),
    jobs: read.owned(Job, metadata.uid),
    pods: read.labelled(Pod, namespace, { key: labels.run, value: metadata.name }),
    versions: snapshot?.spec.register && status.finishedAt === undefined ? versionsFor(read, namespace, { model: snapshot.spec.register.model, recorded: status.modelVersionRef }) : [],
  };
}

function versionsFor(read: Reader, namespace: string, { model, recorded }: { readonly model: string; readonly recorded: PipelineRunStatus['modelVersionRef'] }): Meta[] {
  const versions = [recorded && read.get(ModelVersion, namespace, recorded.name), read.last(numberedVersions, namespace, model)];
  return versions.flatMap((version) => version?.metadata ?? []);
}

/** The Job of the newest attempt of each step, with its pods. */
export function attempts({ status }: LiveRun, { jobs, pods }: Seen): Record<string, AttemptSeen> {
  const find = (name: string | undefined): { job?: StoredJob; pod?: StoredPod } => {
    const job = jobs.find(({ metadata }) => metadata.name === name);
    if (!job) return {};
    const pod = newestPod(pods.filter(({ metadata }) => metadata.labels[jobUidLabel] === job.metadata.uid));
    return { job, ...(pod ? { pod } : {}) };
  };
  return Object.fromEntries(status.steps.map(({ name, job }) => {
    const recall = find(job?.recall);
    return [name, { ...find(job?.name), ...(recall.job ? { recallJob: recall.job } : {}), ...(recall.pod ? { recallPod: recall.pod } : {}) }];
  }));
}

function newestPod(pods: readonly StoredPod[]): StoredPod | undefined {
  return pods.reduce<StoredPod | undefined>((newest, pod) =>
    (newest && newest.metadata.creationTimestamp > pod.metadata.creationTimestamp ? newest : pod), undefined);
}

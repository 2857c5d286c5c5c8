import type { CustomObject } from '../../api/kind.ts';
import { valid } from '../../api/kind.ts';
import type { DriftPolicySpec, DriftPolicyStatus } from '../../api/v1alpha1/driftpolicy.ts';
import { ModelDeployment, type ModelDeploymentSpec, type ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion, type ModelVersionSpec, type ModelVersionStatus } from '../../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../api/v1alpha1/pipeline.ts';
import { PipelineRun, type PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import type { Reader } from '../../runtime/cluster.ts';
import type { Live } from '../../runtime/controller.ts';
import type { Meta } from '../../runtime/kind.ts';
import { baselineOf, type Baseline } from '../baseline.ts';
import type { Captured, HeldPane } from '../modeldeployment/panes.ts';
import { unfinishedRuns } from '../indexes.ts';
import { ConfigMap, type StoredConfigMap } from '../resources/objects.ts';
import type { NoticeFacts } from '../../notify/notice.ts';
import { evidenceName, panesEntry, panesName } from './names.ts';
import { unpackPanes } from './panes.ts';
import { noFacts, type DriftFacts } from './source.ts';

export type LivePolicy = Live<DriftPolicySpec, DriftPolicyStatus>;
type Deployment = Live<ModelDeploymentSpec, ModelDeploymentStatus>;

export interface Seen {
  readonly deployment: Deployment | undefined;
  /** Of the active version. */
  readonly baseline: Baseline | undefined;
  /** Of the version that the episode is about, until its evidence is there; that version can have lost its traffic meanwhile. */
  readonly episodeBaseline: Baseline | undefined;
  readonly pipeline: 'Missing' | 'Suspended' | 'Ready';
  /** A run of that Pipeline that goes on. */
  readonly unfinished: string | undefined;
  /** The recorded run, if it exists. */
  readonly run: { readonly metadata: Meta; readonly status: PipelineRunStatus } | undefined;
  readonly candidate: CustomObject<ModelVersionSpec, ModelVersionStatus> | undefined;
  readonly captured: Captured;
  /** Unpacks the panes that are kept of routers which are gone. */
  readonly kept: () => readonly HeldPane[];
  readonly evidence: readonly StoredConfigMap[];
  readonly deliveries: NoticeFacts;
}

/** Gathers what the decisions about a DriftPolicy rest on. */
export function observe(read: Reader, { metadata, spec, status }: LivePolicy, facts: DriftFacts | undefined): Seen {
  const { namespace } = metadata;
  const deployment = valid(read.get(ModelDeployment, namespace, spec.modelDeploymentRef.name));
  const { episode, loop } = status;
  const active = deployment?.status.activeVersion;
  const pipelineName = spec.actions.retrain?.pipelineRef.name;
  const pipeline = pipelineName === undefined ? undefined : read.get(Pipeline, namespace, pipelineName);
  const maps = read.owned(ConfigMap, metadata.uid);
  return {
    deployment,
    baseline: active === undefined ? undefined : baselineOf(read, namespace, active),
    episodeBaseline: episode && evidenceIsMissing(maps, metadata, episode.start) ? baselineOf(read, namespace, episode.version) : undefined,
    pipeline: pipeline?.spec === undefined ? 'Missing' : pipeline.spec.suspend ? 'Suspended' : 'Ready',
    unfinished: pipelineName === undefined ? undefined : read.indexed(unfinishedRuns, namespace, pipelineName)[0]?.metadata.name,
    run: loop && read.get(PipelineRun, namespace, loop.run),
    candidate: loop?.candidate === undefined ? undefined : read.get(ModelVersion, namespace, loop.candidate),
    captured: (facts ?? noFacts).captured,
    kept: () => unpackPanes(maps.find((map) => map.metadata.name === panesName(metadata))?.binaryData?.[panesEntry]),
    evidence: maps.filter((map) => map.metadata.name !== panesName(metadata)),
    deliveries: (facts ?? noFacts).deliveries,
  };
}

function evidenceIsMissing(maps: readonly StoredConfigMap[], policy: Meta, episode: string): boolean {
  return !maps.some(({ metadata }) => metadata.name === evidenceName(policy, episode));
}

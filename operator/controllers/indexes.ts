import { DriftPolicy, type DriftPolicySpec, type DriftPolicyStatus } from '../api/v1alpha1/driftpolicy.ts';
import { ModelDeployment, type ModelDeploymentSpec, type ModelDeploymentStatus } from '../api/v1alpha1/modeldeployment.ts';
import { ModelVersion, type ModelVersionSpec, type ModelVersionStatus } from '../api/v1alpha1/modelversion.ts';
import { Pipeline, type PipelineSpec, type PipelineStatus } from '../api/v1alpha1/pipeline.ts';
import { PipelineRun, type PipelineRunSpec, type PipelineRunStatus } from '../api/v1alpha1/pipelinerun.ts';
import type { CustomObject } from '../api/kind.ts';
import type { Index } from '../runtime/cluster.ts';
import { labels } from './labels.ts';
import { isJudged } from './modelversion/judgement.ts';
import { isUnfinished } from './pipeline/runs.ts';
import { storeClaim } from './pipeline/snapshot.ts';
import { versionNumber } from './pipelinerun/registration.ts';

// By these the controllers find what concerns an object, so that work does not grow with the namespace.

type Version = CustomObject<ModelVersionSpec, ModelVersionStatus>;
type Runs = Index<CustomObject<PipelineRunSpec, PipelineRunStatus>>;
type Versions = Index<Version>;
type Deployments = Index<CustomObject<ModelDeploymentSpec, ModelDeploymentStatus>>;
type Policies = Index<CustomObject<DriftPolicySpec, DriftPolicyStatus>>;

/** Pipelines by the claim of their store. */
export const pipelinesOfClaim: Index<CustomObject<PipelineSpec, PipelineStatus>> = {
  resource: Pipeline, values: ({ metadata, spec }) => (spec ? [storeClaim(metadata, spec)] : []),
};

/** Runs by their Pipeline, the newest last. */
export const runsOfPipeline: Runs = {
  resource: PipelineRun,
  values: ({ spec }) => (spec ? [spec.pipelineRef.name] : []),
  order: ({ metadata }) => metadata.creationTimestamp,
};

/** Runs that go on, by their Pipeline. */
export const unfinishedRuns: Runs = {
  resource: PipelineRun, values: (run) => (run.spec && isUnfinished(run) ? [run.spec.pipelineRef.name] : []),
};

/** Runs that have not frozen their Pipeline's spec yet, by their Pipeline. */
export const waitingRuns: Runs = {
  resource: PipelineRun, values: ({ spec, status }) => (spec && status.snapshot === undefined ? [spec.pipelineRef.name] : []),
};

/** Versions with a name `<model>-<n>`, by that model, the highest n last. */
export const numberedVersions: Versions = {
  resource: ModelVersion,
  values: ({ metadata: { name } }) => {
    const model = name.slice(0, Math.max(0, name.lastIndexOf('-')));
    return versionNumber(model, name) === undefined ? [] : [model];
  },
  order: ({ metadata: { name } }) => ordered(versionNumber(name.slice(0, name.lastIndexOf('-')), name)),
};

/** Versions that may serve, by model, the newest last. */
export const readyVersions: Versions = {
  resource: ModelVersion,
  values: (version) => (version.spec && version.metadata.deletionTimestamp === undefined && isReady(version) ? [version.spec.model] : []),
  order: ({ metadata, spec }) => ordered(versionNumber(spec?.model ?? '', metadata.name)),
};

/** Versions whose gates have no verdict, by the version that they were compared with. */
export const unjudgedVersions: Versions = {
  resource: ModelVersion,
  values: ({ metadata, spec, status }) => {
    const champion = metadata.labels[labels.champion];
    return champion !== undefined && spec && !isJudged(spec, status.gates) ? [champion] : [];
  },
};

export const deploymentsOfModel: Deployments = { resource: ModelDeployment, values: ({ spec }) => (spec ? [spec.model] : []) };
/** ModelDeployments by the version that their spec names. */
export const deploymentsNaming: Deployments = { resource: ModelDeployment, values: ({ spec }) => (spec?.version.ref ? [spec.version.ref.name] : []) };
/** ModelDeployments by their active version. */
export const deploymentsServing: Deployments = { resource: ModelDeployment, values: ({ status }) => (status.activeVersion === undefined ? [] : [status.activeVersion]) };
/** ModelDeployments that capture, by every version they have on record. */
export const capturingDeployments: Deployments = {
  resource: ModelDeployment, values: ({ spec, status }) => (spec?.capture.enabled === true ? status.versions.map(({ name }) => name) : []),
};

/** DriftPolicies by what they watch, what they started, what came of it, and what they would start. */
export const policiesOfDeployment: Policies = { resource: DriftPolicy, values: ({ spec }) => (spec ? [spec.modelDeploymentRef.name] : []) };
export const policiesOfRun: Policies = { resource: DriftPolicy, values: ({ status }) => (status.loop ? [status.loop.run] : []) };
export const policiesOfCandidate: Policies = { resource: DriftPolicy, values: ({ status }) => (status.loop?.candidate === undefined ? [] : [status.loop.candidate]) };
export const policiesOfPipeline: Policies = { resource: DriftPolicy, values: ({ spec }) => (spec?.actions.retrain ? [spec.actions.retrain.pipelineRef.name] : []) };

export function isReady({ status }: Pick<Version, 'status'>): boolean {
  return status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

/** A text that sorts as the number does: numbers of versions have at most nine digits. */
function ordered(number = 0): string {
  return String(number).padStart(9, '0');
}

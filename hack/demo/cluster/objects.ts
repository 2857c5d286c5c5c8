import type { Condition } from '../../../operator/api/kind.ts';
import type { DriftPolicySpec, DriftPolicyStatus } from '../../../operator/api/v1alpha1/driftpolicy.ts';
import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../../operator/api/v1alpha1/modeldeployment.ts';
import type { ModelVersionSpec, ModelVersionStatus } from '../../../operator/api/v1alpha1/modelversion.ts';
import type { PipelineRunSpec, PipelineRunStatus } from '../../../operator/api/v1alpha1/pipelinerun.ts';

/** An object as kubectl prints it. */
export interface Stored {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly creationTimestamp?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly deletionTimestamp?: string;
  };
}

interface Custom<Spec, Status> extends Stored {
  readonly spec: Spec;
  /** Without its defaults before the operator's first visit. */
  readonly status?: Partial<Status>;
}

export type PipelineRun = Custom<PipelineRunSpec, PipelineRunStatus>;
export type ModelVersion = Custom<ModelVersionSpec, ModelVersionStatus>;
export type ModelDeployment = Custom<ModelDeploymentSpec, ModelDeploymentStatus>;
export type DriftPolicy = Custom<DriftPolicySpec, DriftPolicyStatus>;

export interface ConfigMap extends Stored {
  readonly binaryData?: Readonly<Record<string, string>>;
}

export interface Job extends Stored {
  readonly status?: {
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

interface ContainerState {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly exitCode: number; readonly reason?: string };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state: ContainerState;
}

export interface Pod extends Stored {
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly message?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** Every kind of ours, in the order of a model's life, as kubectl takes them. */
export const ourResources = ['pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies'].map((plural) => `${plural}.modelkeeper.dev`);

export function condition(object: { readonly status?: { readonly conditions?: readonly Condition[] } }, type: string): Condition | undefined {
  return object.status?.conditions?.find((one) => one.type === type);
}

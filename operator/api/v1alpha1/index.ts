import { DriftPolicy } from './driftpolicy.ts';
import { ModelDeployment } from './modeldeployment.ts';
import { ModelVersion } from './modelversion.ts';
import { Pipeline } from './pipeline.ts';
import { PipelineRun } from './pipelinerun.ts';

/** Every kind of the API: what the generators and the operator iterate. */
export const kinds = [Pipeline, PipelineRun, ModelVersion, ModelDeployment, DriftPolicy] as const;

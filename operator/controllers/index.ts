import type { Source } from '../runtime/controller.ts';
import { bind, type AnyController } from '../runtime/manager.ts';
import { driftPolicyController } from './driftpolicy/controller.ts';
import type { DriftFacts, DriftWant } from './driftpolicy/source.ts';
import { modelDeploymentController } from './modeldeployment/controller.ts';
import type { RouterFacts, RouterWant } from './modeldeployment/source.ts';
import { modelVersionController } from './modelversion/controller.ts';
import type { LogFact, LogWant } from './modelversion/source.ts';
import { pipelineController } from './pipeline/controller.ts';
import { pipelineRunController } from './pipelinerun/controller.ts';
import type { Settings } from './settings.ts';

/** What the controllers follow outside the API server's watches. */
export interface Sources {
  readonly routers: Source<RouterWant, RouterFacts>;
  /** Logs of the pods that print profiles. */
  readonly profiles: Source<LogWant, LogFact | undefined>;
  /** What routers count, and what is told to people. */
  readonly drift: Source<DriftWant, DriftFacts>;
}

/** Every controller. */
export function controllers(settings: Settings, { routers, profiles, drift }: Sources): AnyController[] {
  return [
    bind(pipelineController),
    bind(pipelineRunController(settings)),
    bind(modelVersionController(settings, profiles)),
    bind(modelDeploymentController(settings, routers)),
    bind(driftPolicyController(drift)),
  ];
}

import type { Source } from '../runtime/controller.ts';
import { bind, type AnyController } from '../runtime/manager.ts';
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
}

/** Every controller. */
export function controllers(settings: Settings, { routers, profiles }: Sources): AnyController[] {
  return [
    bind(pipelineController),
    bind(pipelineRunController(settings)),
    bind(modelVersionController(settings, profiles)),
    bind(modelDeploymentController(settings, routers)),
  ];
}

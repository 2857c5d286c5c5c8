import type { Source } from '../runtime/controller.ts';
import { bind, type AnyController } from '../runtime/manager.ts';
import { modelDeploymentController } from './modeldeployment/controller.ts';
import type { RouterFacts, RouterWant } from './modeldeployment/source.ts';
import { modelVersionController } from './modelversion/controller.ts';
import { pipelineController } from './pipeline/controller.ts';
import { pipelineRunController } from './pipelinerun/controller.ts';
import type { Settings } from './settings.ts';

/** Every controller. */
export function controllers(settings: Settings, routers: Source<RouterWant, RouterFacts>): AnyController[] {
  return [
    bind(pipelineController),
    bind(pipelineRunController(settings)),
    bind(modelVersionController(settings)),
    bind(modelDeploymentController(settings, routers)),
  ];
}

import { z } from 'zod';
import type { Resource, Stored } from '../../../operator/runtime/kind.ts';

/** What a user asks of a Widget. */
export interface Wanted {
  readonly image: string;
  readonly replicas: number;
}

export interface SeenWidget extends Stored, Wanted {
  /** Ready is True, and says so of the newest spec. */
  readonly ready: boolean;
}

export interface SeenDeployment extends Stored, Wanted {
  /** Its status is up to date, and all of its replicas are ready. */
  readonly ready: boolean;
}

const widgetShape = z.object({
  spec: z.object({ image: z.string(), replicas: z.number() }),
  status: z.object({
    observedGeneration: z.number().default(0),
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }).default({ observedGeneration: 0, conditions: [] }),
});

const deploymentShape = z.object({
  spec: z.object({ replicas: z.number(), template: z.object({ spec: z.object({ containers: z.tuple([z.object({ image: z.string() })]) }) }) }),
  status: z.object({ observedGeneration: z.number().default(0), readyReplicas: z.number().default(0) }),
});

export const Widget: Resource<SeenWidget> = {
  group: 'bench.modelkeeper.dev', version: 'v1', kind: 'Widget', plural: 'widgets',
  project: (metadata, live) => {
    const { spec, status: { observedGeneration, conditions } } = widgetShape.parse(live);
    const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
    return { metadata, ...spec, ready: ready && observedGeneration === metadata.generation };
  },
};

export const Deployment: Resource<SeenDeployment> = {
  group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments',
  project: (metadata, live) => {
    const { spec: { replicas, template }, status } = deploymentShape.parse(live);
    const ready = status.observedGeneration === metadata.generation && status.readyReplicas === replicas;
    return { metadata, image: template.spec.containers[0].image, replicas, ready };
  },
};

export const Service: Resource = { group: '', version: 'v1', kind: 'Service', plural: 'services', project: (metadata) => ({ metadata }) };

/** Whether all that was asked for is there, and the contender says so. */
export function isSteady(wanted: Wanted, seen: { readonly widget: SeenWidget | undefined; readonly deployment: SeenDeployment | undefined; readonly service: Stored | undefined }): boolean {
  const { widget, deployment, service } = seen;
  if (widget === undefined || deployment === undefined || service === undefined) return false;
  return widget.ready && deployment.ready && [widget, deployment].every(({ image, replicas }) => image === wanted.image && replicas === wanted.replicas);
}

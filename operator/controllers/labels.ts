import type { Meta } from '../runtime/kind.ts';

/** Labels on our children. Selector labels never change: the selector of a Deployment is immutable. */
export const labels = {
  pipeline: 'modelkeeper.dev/pipeline',
  specDigest: 'modelkeeper.dev/spec-digest',
  run: 'modelkeeper.dev/run',
  step: 'modelkeeper.dev/step',
  model: 'modelkeeper.dev/model',
  modelVersion: 'modelkeeper.dev/model-version',
  /** On a version, the one that its metrics were compared with. */
  champion: 'modelkeeper.dev/champion',
  modelDeployment: 'modelkeeper.dev/model-deployment',
  component: 'modelkeeper.dev/component',
  /** Port on which a model pod takes requests. */
  port: 'modelkeeper.dev/port',
  /** Claim that the pod mounts as its store; pods with the same one share a node when the claim demands it. */
  store: 'modelkeeper.dev/store',
} as const;

/** Values of the label `component` on ConfigMaps that the operator reads back. */
export const components = { profile: 'profile', panes: 'panes' } as const;

/** Annotations by which people ask for something once; the value is a token of their choice. */
export const requests = {
  run: 'modelkeeper.dev/run',
  promote: 'modelkeeper.dev/promote',
  abort: 'modelkeeper.dev/abort',
  retry: 'modelkeeper.dev/retry',
} as const;

/** The token of a request, as far as status keeps it; undefined when nothing is asked for. */
export function token({ annotations }: Pick<Meta, 'annotations'>, request: string): string | undefined {
  // Half a surrogate pair would come back from the API server as another character, and look like a new token for ever.
  return annotations[request]?.slice(0, 256).toWellFormed();
}

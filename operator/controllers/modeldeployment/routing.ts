import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import type { RouterConfig, Target } from '../../dataplane/routing.ts';
import { canonicalJson } from '../../runtime/canonical.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { modelChildName, modelPort } from './children.ts';

/** Ready pods of a version, as `ip`. */
export type Endpoints = (version: string) => readonly string[];

/**
 * The configuration of the routers for what is recorded. `endpoints` is left out of the cold-start copy, so that the
 * copy changes with the weights alone.
 */
export function routerConfig(object: { readonly metadata: Meta; readonly spec: ModelDeploymentSpec; readonly status: ModelDeploymentStatus }, endpoints?: Endpoints): RouterConfig {
  const { metadata, spec, status } = object;
  const port = modelPort(spec);
  const serving = status.versions.filter(({ role }) => role !== 'Draining');
  const targets = serving.map(({ name, weight }): Target => ({
    version: name,
    weight,
    endpoints: (endpoints?.(name) ?? []).map((ip) => `${ip}:${port}`),
    service: `${modelChildName(metadata, name)}.${metadata.namespace}.svc:${port}`,
  }));
  const content = {
    namespace: metadata.namespace,
    deployment: metadata.name,
    protocol: spec.runtime.protocol ?? 'V2',
    feedback: spec.rollout.analysis.some(({ metric }) => metric !== 'ErrorRate'),
    window: windowOf(status),
    targets: targets.reduce((sum, { weight }) => sum + weight, 0) === 100 ? targets : [],
  } as const;
  return { epoch: status.writerEpoch, revision: shortHash(canonicalJson(content)), ...content };
}

/** Name of the window that routers count in: another one for each step of each rollout. */
export function windowOf({ rollout, step, activeVersion }: Pick<ModelDeploymentStatus, 'rollout' | 'step' | 'activeVersion'>): string {
  return rollout && step ? `${rollout.version}.${step.index}.${step.startedAt}` : `steady.${activeVersion ?? ''}`;
}

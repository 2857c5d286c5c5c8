import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import type { RouterConfig, Target } from '../../dataplane/routing.ts';
import { canonicalJson } from '../../runtime/canonical.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import { modelChildName, modelPort } from './children.ts';

/** Where the ready pods of a version take requests, as `ip:port`. */
export type Endpoints = (version: string) => readonly string[];

/**
 * The configuration of the routers for what is recorded. Its revision tells the weights, not the addresses of pods, which
 * come and go. Without `endpoints` it is the cold-start copy, which bears a revision of its own: a router that has only
 * that one is not up to date.
 */
export function routerConfig(object: { readonly metadata: Meta; readonly spec: ModelDeploymentSpec; readonly status: ModelDeploymentStatus }, endpoints?: Endpoints): RouterConfig {
  const { metadata, spec, status } = object;
  const port = modelPort(spec);
  const serving = status.versions.filter(({ role }) => role !== 'Draining');
  const targets = serving.map(({ name, weight }): Target => ({
    version: name,
    weight,
    endpoints: [],
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
  const revision = shortHash(canonicalJson(content));
  if (!endpoints) return { epoch: status.writerEpoch, revision: `${revision}-cold`, ...content };
  const reached = content.targets.map((target) => ({ ...target, endpoints: [...endpoints(target.version)] }));
  return { epoch: status.writerEpoch, revision, ...content, targets: reached };
}

/** Name of the window that routers count in: another one for each step of each rollout. */
export function windowOf({ rollout, step, activeVersion }: Pick<ModelDeploymentStatus, 'rollout' | 'step' | 'activeVersion'>): string {
  return rollout && step ? `${rollout.version}.${step.index}.${step.startedAt}` : `steady.${activeVersion ?? ''}`;
}

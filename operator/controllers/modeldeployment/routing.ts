import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import type { Capture, RouterConfig, Target } from '../../dataplane/routing.ts';
import { binsOf } from '../../profile/cells.ts';
import { canonicalJson } from '../../runtime/canonical.ts';
import type { Meta } from '../../runtime/kind.ts';
import { shortHash } from '../../runtime/names.ts';
import type { Baseline } from '../baseline.ts';
import { modelChildName, modelPort } from './children.ts';

/** What is pushed to routers, but is no part of their cold-start copy. */
export interface Live {
  /** Where the ready pods of a version take requests, as `ip:port`. */
  readonly endpoints: (version: string) => readonly string[];
  /** What the traffic of a version is compared with; undefined while it is not known. */
  readonly baseline: (version: string) => Baseline | undefined;
}

/**
 * The configuration of the routers for what is recorded. Its revision tells the weights, not the addresses of pods, which
 * come and go, and the cells of each baseline by its digest. Without `live` it is the cold-start copy, which bears a revision
 * of its own: a router that has only that one is not up to date, and counts labels only.
 */
export function routerConfig(object: { readonly metadata: Meta; readonly spec: ModelDeploymentSpec; readonly status: ModelDeploymentStatus }, live?: Live): RouterConfig {
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
    feedback: spec.capture.feedback || spec.rollout.analysis.some(({ metric }) => metric !== 'ErrorRate'),
    window: windowOf(status),
    targets: targets.reduce((sum, { weight }) => sum + weight, 0) === 100 ? targets : [],
  } as const;
  const baselines = live && spec.capture.enabled ? content.targets.flatMap(({ version }) => {
    const baseline = live.baseline(version);
    return baseline ? [{ version, ...baseline }] : [];
  }) : [];
  const capture = spec.capture.enabled ? { paneMs: durationMs(spec.capture.paneDuration), sampleRate: spec.capture.sampleRate } : undefined;
  const revision = shortHash(canonicalJson({ ...content, capture, baselines: baselines.map(({ version, digest }) => ({ version, digest })) }));
  const settings = capture && { capture: { ...capture, baselines: baselines.map(cells) } };
  if (!live) return { epoch: status.writerEpoch, revision: `${revision}-cold`, ...content, ...settings };
  const reached = content.targets.map((target) => ({ ...target, endpoints: [...live.endpoints(target.version)] }));
  return { epoch: status.writerEpoch, revision, ...content, targets: reached, ...settings };
}

/** Changes with everything a router has to be told. */
export function toldOf({ epoch, revision, targets }: RouterConfig): string {
  return `${epoch}/${revision}/${targets.flatMap(({ endpoints }) => endpoints).join()}`;
}

function cells({ version, digest, profile }: Baseline & { readonly version: string }): Capture['baselines'][number] {
  return { version, digest, features: profile.features.map(binsOf) };
}

/** Name of the window that routers count in: another one for each step of each rollout. */
export function windowOf({ rollout, step, activeVersion }: Pick<ModelDeploymentStatus, 'rollout' | 'step' | 'activeVersion'>): string {
  return rollout && step ? `${rollout.version}.${step.index}.${step.startedAt}` : `steady.${activeVersion ?? ''}`;
}

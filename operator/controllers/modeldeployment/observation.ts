import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import type { Reader } from '../../runtime/cluster.ts';
import type { Live } from '../../runtime/controller.ts';
import { baselineOf, type Baseline } from '../baseline.ts';
import { labels } from '../labels.ts';
import { Deployment, PersistentVolumeClaim, type StoredClaim, type StoredDeployment } from '../resources/objects.ts';
import { Pod, type StoredPod } from '../resources/workloads.ts';
import type { Settings } from '../settings.ts';
import { modelChildName } from './children.ts';
import type { RouterFacts } from './source.ts';
import { targetOf, type Target } from './target.ts';

export type LiveDeployment = Live<ModelDeploymentSpec, ModelDeploymentStatus>;

export interface VersionSeen {
  readonly claim: StoredClaim | undefined;
  readonly deployment: StoredDeployment | undefined;
  readonly pods: readonly StoredPod[];
  /** Undefined when nothing is captured, too. */
  readonly baseline: Baseline | undefined;
}

export interface Seen {
  readonly target: Target;
  /** The versions on record. */
  readonly versions: Readonly<Record<string, VersionSeen>>;
  readonly routers: readonly StoredPod[];
  readonly facts: RouterFacts;
}

/** Gathers what the decisions about a ModelDeployment rest on. */
export function observe(read: Reader, object: LiveDeployment, from: { readonly facts: RouterFacts | undefined; readonly presets: Settings['presets'] }): Seen {
  const { metadata, spec, status } = object;
  const pods = read.labelled(Pod, metadata.namespace, { key: labels.modelDeployment, value: metadata.name });
  const target = targetOf(read, object, from.presets);
  const versions = Object.fromEntries(status.versions.map(({ name, uri }): [string, VersionSeen] => [name, {
    claim: read.get(PersistentVolumeClaim, metadata.namespace, parseVolumeUri(uri).claim),
    deployment: read.get(Deployment, metadata.namespace, modelChildName(metadata, name)),
    pods: pods.filter((pod) => pod.metadata.labels[labels.component] === 'model' && pod.metadata.labels[labels.modelVersion] === name),
    baseline: spec.capture.enabled ? baselineOf(read, metadata.namespace, name) : undefined,
  }]));
  const routers = pods.filter((pod) => pod.metadata.labels[labels.component] === 'router');
  return { target, versions, routers, facts: from.facts ?? new Map() };
}

/** Where the pods of a version take requests, as `ip:port`. Each pod tells its own port, for the spec can change while others still run. */
export function endpoints({ versions }: Pick<Seen, 'versions'>, version: string): string[] {
  return (versions[version]?.pods ?? [])
    .filter(({ ready, metadata }) => ready && metadata.deletionTimestamp === undefined)
    .flatMap(({ ip, metadata }) => {
      const port = metadata.labels[labels.port];
      return ip === undefined || port === undefined ? [] : [ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`];
    })
    .sort();
}

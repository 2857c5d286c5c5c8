import { valid } from '../../api/kind.ts';
import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion, type ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import type { Reader } from '../../runtime/cluster.ts';
import type { Live } from '../../runtime/controller.ts';
import { labels } from '../labels.ts';
import { versionNumber } from '../pipelinerun/registration.ts';
import { Deployment, PersistentVolumeClaim, type StoredClaim, type StoredDeployment } from '../resources/objects.ts';
import { Pod, type StoredPod } from '../resources/workloads.ts';
import { modelChildName } from './children.ts';
import { presets } from './presets.ts';
import type { RouterFacts } from './source.ts';

export type LiveDeployment = Live<ModelDeploymentSpec, ModelDeploymentStatus>;

/** The version the spec asks for, or why there is none. */
export type Target = { readonly version: string } | { readonly reason: string; readonly message: string };

export interface VersionSeen {
  readonly spec: ModelVersionSpec | undefined;
  readonly claim: StoredClaim | undefined;
  readonly deployment: StoredDeployment | undefined;
  readonly pods: readonly StoredPod[];
}

export interface Seen {
  readonly target: Target;
  /** The versions on record and the target. */
  readonly versions: Readonly<Record<string, VersionSeen>>;
  readonly routers: readonly StoredPod[];
  readonly facts: RouterFacts;
}

/** Gathers what the decisions about a ModelDeployment rest on. */
export function observe(read: Reader, object: LiveDeployment, facts: RouterFacts | undefined): Seen {
  const { metadata, status } = object;
  const pods = read.labelled(Pod, metadata.namespace, { key: labels.modelDeployment, value: metadata.name });
  const target = targetOf(read, object);
  const names = new Set([...status.versions.map(({ name }) => name), ...('version' in target ? [target.version] : [])]);
  const versions = Object.fromEntries([...names].map((name): [string, VersionSeen] => {
    const spec = valid(read.get(ModelVersion, metadata.namespace, name))?.spec;
    return [name, {
      spec,
      claim: spec && read.get(PersistentVolumeClaim, metadata.namespace, parseVolumeUri(spec.artifact.uri).claim),
      deployment: read.get(Deployment, metadata.namespace, modelChildName(metadata, name)),
      pods: pods.filter((pod) => pod.metadata.labels[labels.component] === 'model' && pod.metadata.labels[labels.modelVersion] === name),
    }];
  }));
  const routers = pods.filter((pod) => pod.metadata.labels[labels.component] === 'router');
  return { target, versions, routers, facts: facts ?? new Map() };
}

/** The version the spec asks for, if the runtime can serve it. */
function targetOf(read: Reader, object: LiveDeployment): Target {
  const { metadata, spec } = object;
  const target = versionAskedFor(read, object);
  const preset = spec.runtime.preset && presets[spec.runtime.preset.name];
  if (!('version' in target) || !preset) return target;
  const format = read.get(ModelVersion, metadata.namespace, target.version)?.spec?.format.name;
  return format !== undefined && preset.formats.includes(format) ? target
    : { reason: 'FormatUnsupported', message: `${target.version} is a ${format ?? 'unknown'} model, which preset ${spec.runtime.preset?.name ?? ''} cannot serve: use a container` };
}

function versionAskedFor(read: Reader, { metadata, spec }: LiveDeployment): Target {
  const { ref } = spec.version;
  if (!ref) return latestReady(read, metadata.namespace, spec.model);
  const version = read.get(ModelVersion, metadata.namespace, ref.name);
  if (version?.spec === undefined) return { reason: 'VersionNotFound', message: `ModelVersion ${ref.name} does not exist` };
  if (version.spec.model !== spec.model) {
    return { reason: 'ModelMismatch', message: `ModelVersion ${ref.name} is a version of ${version.spec.model}, not of ${spec.model}` };
  }
  const ready = version.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { version: ref.name };
  return { reason: 'VersionNotReady', message: `ModelVersion ${ref.name} is not ready: ${ready?.message ?? 'it has not been verified'}`.slice(0, 256) };
}

function latestReady(read: Reader, namespace: string, model: string): Target {
  const ready = read.list(ModelVersion, namespace).filter((version) => version.spec?.model === model
    && version.metadata.deletionTimestamp === undefined
    && version.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True'));
  const number = (name: string): number => versionNumber(model, name) ?? 0;
  const newest = ready.map(({ metadata }) => metadata.name).sort((a, b) => number(b) - number(a) || (a < b ? 1 : -1))[0];
  return newest === undefined
    ? { reason: 'NoReadyVersion', message: `no ModelVersion of ${model} is ready yet` }
    : { version: newest };
}

/** Addresses of the pods of a version that take requests. */
export function endpoints({ versions }: Pick<Seen, 'versions'>, version: string): string[] {
  return (versions[version]?.pods ?? [])
    .filter(({ ready, ip, metadata }) => ready && ip !== undefined && metadata.deletionTimestamp === undefined)
    .flatMap(({ ip }) => ip ?? [])
    .sort();
}

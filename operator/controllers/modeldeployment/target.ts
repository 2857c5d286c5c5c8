import { ModelVersion, type ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import type { ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { readyVersions } from '../indexes.ts';
import { versionNumber } from '../pipelinerun/registration.ts';
import type { Settings } from '../settings.ts';
import type { LiveDeployment } from './observation.ts';
import { presets } from './presets.ts';

/** What is served of a version. It is recorded when its rollout begins, and then holds whatever becomes of the ModelVersion. */
export type Served = Pick<ModelDeploymentStatus['versions'][number], 'uri' | 'digest' | 'format'>;

/** The version the spec asks for, or why there is none. */
export type Target = { readonly version: string; readonly served: Served } | { readonly reason: string; readonly message: string };

/** The version the spec asks for, if it may be served and the runtime can serve it. */
export function targetOf(read: Reader, object: LiveDeployment, images: Settings['presets']): Target {
  const { ref } = object.spec.version;
  const target = ref ? named(read, object, ref.name) : latestReady(read, object);
  const { preset } = object.spec.runtime;
  if (!('version' in target) || !preset) return target;
  if (!presets[preset.name].formats.includes(target.served.format)) {
    return { reason: 'FormatUnsupported', message: `${target.version} is a ${target.served.format} model, which preset ${preset.name} cannot serve: use a container` };
  }
  const image = recordedVersion(object, target.version)?.serverImage || images[preset.name];
  return image === '' ? { reason: 'PresetUnavailable', message: `the installation has no image for preset ${preset.name}: set runtimes.${preset.name}.image` } : target;
}

/** A version that is served already stays the target when its ModelVersion is gone; one that came back with other bytes is another version. */
function named(read: Reader, object: LiveDeployment, name: string): Target {
  const { metadata, spec } = object;
  const version = read.get(ModelVersion, metadata.namespace, name);
  const recorded = recordedVersion(object, name);
  if (recorded && (version?.spec === undefined || version.spec.artifact.digest === recorded.digest)) return { version: name, served: recorded };
  if (recorded) return { reason: 'VersionReplaced', message: `${name} was registered again with other bytes while it serves: register it under another name` };
  if (version?.spec === undefined) return { reason: 'VersionNotFound', message: `ModelVersion ${name} does not exist` };
  if (version.spec.model !== spec.model) {
    return { reason: 'ModelMismatch', message: `ModelVersion ${name} is a version of ${version.spec.model}, not of ${spec.model}` };
  }
  const ready = version.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { version: name, served: servedOf(version.spec) };
  return { reason: 'VersionNotReady', message: `ModelVersion ${name} is not ready: ${ready?.message ?? 'it has not been verified'}`.slice(0, 256) };
}

/** The newest version that is Ready. It never goes back: when newer ones vanish, the active one stays. */
function latestReady(read: Reader, object: LiveDeployment): Target {
  const { metadata, spec, status } = object;
  const number = (name: string): number => versionNumber(spec.model, name) ?? 0;
  const active = status.activeVersion;
  const newest = read.last(readyVersions, metadata.namespace, spec.model);
  if (active !== undefined && (newest === undefined || number(newest.metadata.name) <= number(active))) return named(read, object, active);
  return newest?.spec ? named(read, object, newest.metadata.name) : { reason: 'NoReadyVersion', message: `no ModelVersion of ${spec.model} is ready yet` };
}

function servedOf({ artifact, format }: ModelVersionSpec): Served {
  return { uri: artifact.uri, digest: artifact.digest, format: format.name };
}

function recordedVersion({ status }: LiveDeployment, name: string): ModelDeploymentStatus['versions'][number] | undefined {
  return status.versions.find((version) => version.name === name && version.role !== 'Draining');
}

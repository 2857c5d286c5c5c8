import type { ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import type { PipelineSpec, Step } from '../../api/v1alpha1/pipeline.ts';
import type { ResolvedModel } from '../../api/v1alpha1/pipelinerun.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { no, unknown, type Verdict } from '../../runtime/conditions.ts';

type From = Step['inputs'][number]['from'];

/** What the models that a Pipeline reads are when a run starts, or why it cannot start: False ends it, Unknown lets it wait. */
export type Resolution = { readonly models: readonly ResolvedModel[] } | { readonly blocked: Verdict };

/** Looks up each model once, so that all steps of a run read the same one. */
export function resolveModels(read: Reader, namespace: string, spec: PipelineSpec): Resolution {
  const froms = spec.steps.flatMap(({ inputs }) => inputs.map(({ from }) => from));
  const champions = new Set(froms.flatMap(({ championOf }) => championOf ?? []));
  const versions = new Set(froms.flatMap(({ modelVersionRef }) => modelVersionRef?.name ?? []));
  const found = [
    ...[...champions].map((name) => championOf(read, namespace, name)),
    ...[...versions].map((name) => versionNamed(read, namespace, name)),
  ];
  const blocks = found.flatMap((one) => ('blocked' in one ? [one.blocked] : []));
  const blocked = blocks.find(({ status }) => status === 'False') ?? blocks[0];
  return blocked ? { blocked } : { models: found.flatMap((one) => ('blocked' in one ? [] : [one])) };
}

/** The recorded model of an input; undefined for an input that is no model. */
export function modelOf({ championOf: deployment, modelVersionRef }: From, models: readonly ResolvedModel[]): ResolvedModel | undefined {
  if (deployment !== undefined) return models.find((model) => model.championOf === deployment);
  return modelVersionRef && models.find((model) => model.championOf === undefined && model.version === modelVersionRef.name);
}

type Found = ResolvedModel | { readonly blocked: Verdict };

/** What is recorded of the active version suffices: it may serve long after its ModelVersion was deleted. */
function championOf(read: Reader, namespace: string, name: string): Found {
  const deployment = read.get(ModelDeployment, namespace, name);
  if (deployment?.problem !== undefined) return { blocked: unknown('ChampionUnknown', `ModelDeployment ${name} is not valid, so its active version is not known`) };
  const version = deployment?.status.activeVersion;
  if (version === undefined) return { championOf: name };
  const serving = deployment?.status.versions.find((one: ModelDeploymentStatus['versions'][number]) => one.name === version);
  if (!serving) return { blocked: unknown('ChampionUnknown', `ModelDeployment ${name} does not tell yet where its active version ${version} lies`) };
  return { championOf: name, version, uri: serving.uri, digest: serving.digest };
}

function versionNamed(read: Reader, namespace: string, name: string): Found {
  const version = read.get(ModelVersion, namespace, name);
  if (!version?.spec) return { blocked: unknown('ModelVersionNotFound', `ModelVersion ${name} does not exist or is not valid`) };
  const ready = version.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False') return { blocked: no('ModelVersionNotReady', `ModelVersion ${name} may not be used: ${ready.message}`) };
  if (ready?.status !== 'True') return { blocked: unknown('ModelVersionNotReady', `waiting until ModelVersion ${name} is Ready`) };
  return { version: name, uri: version.spec.artifact.uri, digest: version.spec.artifact.digest };
}

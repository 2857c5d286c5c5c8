import type { Step } from '../../api/v1alpha1/pipeline.ts';
import type { ResolvedModel, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { parseVolumeUri } from '../../api/v1alpha1/shared.ts';
import { artifactPath } from '../../dataplane/manifest.ts';
import { paths, type Task } from '../../dataplane/task.ts';
import { modelOf } from './models.ts';

type FetchInput = Extract<Task, { verb: 'fetch' }>['inputs'][number];

/** What the inputs of a step are taken from. */
export interface Origins {
  readonly namespace: string;
  /** The claim of the run's own store. */
  readonly store: string;
  readonly steps: readonly StepStatus[];
  readonly models: readonly ResolvedModel[];
}

/** What `fetch` is to do for one input. */
export function fetchInput({ name, from }: Step['inputs'][number], origins: Origins): FetchInput {
  if (from.uri !== undefined) {
    const { claim, path } = parseVolumeUri(from.uri);
    return { name, from: { root: `${paths.claims}/${claim}`, path } };
  }
  if (from.step === undefined) return fetchModel(name, modelOf(from, origins.models), origins.store);
  const output = origins.steps.find((step) => step.name === from.step)?.outputs.find((item) => item.name === from.output);
  const digest = output?.digest ?? '';
  return { name, from: { root: paths.store, path: artifactPath(origins.namespace, digest) }, digest };
}

/** A model that there is none of yet is an empty folder. */
function fetchModel(name: string, model: ResolvedModel | undefined, store: string): FetchInput {
  if (model?.uri === undefined || model.digest === undefined) return { name };
  const { claim, path } = parseVolumeUri(model.uri);
  return { name, from: { root: claim === store ? paths.store : `${paths.claims}/${claim}`, path }, digest: model.digest };
}

/** The claims other than the store that a step's models lie on. */
export function modelClaims(step: Step, { models, store }: Pick<Origins, 'models' | 'store'>): string[] {
  const uris = step.inputs.flatMap(({ from }) => modelOf(from, models)?.uri ?? []);
  return [...new Set(uris.map((uri) => parseVolumeUri(uri).claim))].filter((claim) => claim !== store);
}

/** Every claim besides the store that the inputs of a step are read from. */
export function inputClaims(step: Step, origins: Pick<Origins, 'models' | 'store'>): string[] {
  const named = step.inputs.flatMap(({ from }) => (from.uri === undefined ? [] : [parseVolumeUri(from.uri).claim]));
  return [...new Set([...named, ...modelClaims(step, origins)])];
}

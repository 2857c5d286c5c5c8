import { profileOutput, type PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunSpec, ResolvedModel, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import type { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { artifactPath } from '../../dataplane/manifest.ts';
import type { Meta } from '../../runtime/kind.ts';
import { modelOf } from './models.ts';

type Register = NonNullable<PipelineSpec['register']>;

/** The value of a result; undefined until its step has succeeded. */
export function resultOf(steps: readonly StepStatus[], step: string, result: string): string | undefined {
  return steps.find(({ name }) => name === step)?.results.find(({ name }) => name === result)?.value;
}

/** What a registration rests on: the frozen spec, and what the run has recorded. */
export interface Ran {
  readonly spec: PipelineSpec;
  readonly steps: readonly StepStatus[];
  readonly models: readonly ResolvedModel[];
}

/** Why the run cannot be registered, or undefined when it can. */
export function registrationProblem(register: Register, ran: Ran): { reason: string; message: string } | undefined {
  const { steps } = ran;
  for (const metric of register.metrics) {
    const { name, from, champion } = metric;
    const named = [{ name, ...from }, ...(champion && championOf(metric, ran) ? [{ name: `${name} of the champion`, ...champion }] : [])];
    for (const { name: called, step, result } of named) {
      const value = resultOf(steps, step, result);
      if (!isFiniteNumber(value)) return { reason: 'NonFiniteMetric', message: `metric ${called}: result ${result} of step ${step} is "${value ?? ''}", not a finite number` };
    }
  }
  const { artifact: { step, output }, profile } = register;
  if (!outputOf(steps, step, output)) return { reason: 'ArtifactMissing', message: `output ${output} of step ${step} was not reported` };
  if (profile && !outputOf(steps, profile.step, profileOutput)) return { reason: 'ProfileMissing', message: `the profile of step ${profile.step} was not reported` };
  return undefined;
}

function isFiniteNumber(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '' && Number.isFinite(Number(value));
}

/** The version that a metric was compared with: the champion that the named step has read. Undefined when there was none. */
function championOf({ champion }: Register['metrics'][number], { spec, models }: Ran): string | undefined {
  const step = spec.steps.find(({ name }) => name === champion?.step);
  const input = step?.inputs.find(({ from }) => from.championOf !== undefined);
  return input && modelOf(input.from, models)?.version;
}

/** `<model>-<n>`, n one above the highest there is. */
export function nextVersionName(model: string, existing: readonly string[]): string {
  const numbers = existing.map((name) => versionNumber(model, name)).filter((number) => number !== undefined);
  return `${model}-${Math.max(0, ...numbers) + 1}`;
}

/** n of `<model>-<n>`; undefined for every other name. */
export function versionNumber(model: string, name: string): number | undefined {
  if (!name.startsWith(`${model}-`)) return undefined;
  const suffix = name.slice(model.length + 1);
  return /^[1-9]\d{0,8}$/.test(suffix) ? Number(suffix) : undefined;
}

export interface Registered extends Ran {
  readonly run: Meta;
  readonly runSpec: PipelineRunSpec;
  readonly claim: string;
  readonly snapshotDigest: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The version that a run registers; call it only when `registrationProblem` found none. */
export function modelVersionSpec(register: Register, from: Registered): ModelVersionSpec {
  const { run, runSpec, spec, steps } = from;
  const artifact = stored(from, outputOf(steps, register.artifact.step, register.artifact.output));
  const profile = register.profile && stored(from, outputOf(steps, register.profile.step, profileOutput));
  return {
    model: register.model,
    artifact,
    format: register.format,
    metrics: register.metrics.map((metric) => measured(metric, from)),
    ...(profile ? { profile: { uri: profile.uri, digest: profile.digest } } : {}),
    lineage: {
      run: { name: run.name, uid: run.uid },
      pipeline: runSpec.pipelineRef.name,
      snapshotDigest: from.snapshotDigest,
      images: spec.steps.flatMap(({ name, container }) => (container ? [{ step: name, image: container.image }] : [])),
      datasets: datasets(spec, steps),
      models: modelsRead(from),
      params: Object.entries(from.params).map(([name, value]) => ({ name, value })),
      trigger: runSpec.trigger,
    },
    policy: register.policy,
  };
}

/** An output as a version names it. */
function stored({ claim, run }: Registered, output: StepStatus['outputs'][number] | undefined): ModelVersionSpec['artifact'] {
  const digest = output?.digest ?? '';
  return { uri: `pvc://${claim}/${artifactPath(run.namespace, digest)}`, digest, bytes: output?.bytes ?? 0 };
}

function measured(metric: Register['metrics'][number], from: Registered): ModelVersionSpec['metrics'][number] {
  const { name, from: source, dataset, champion } = metric;
  const { steps } = from;
  const digest = dataset && outputOf(steps, dataset.step, dataset.output)?.digest;
  const compared = championOf(metric, from);
  return {
    name, value: Number(resultOf(steps, source.step, source.result)),
    ...(digest === undefined ? {} : { datasetDigest: digest }),
    ...(champion && compared !== undefined ? { champion: { modelVersionRef: { name: compared }, value: Number(resultOf(steps, champion.step, champion.result)) } } : {}),
  };
}

function modelsRead({ spec, models }: Registered): NonNullable<ModelVersionSpec['lineage']>['models'] {
  return spec.steps.flatMap((step) => step.inputs.flatMap(({ name, from }) => {
    const { championOf: deployment, version, digest } = modelOf(from, models) ?? {};
    if (version === undefined || digest === undefined) return [];
    return [{ name: `${step.name}.${name}`, ...(deployment === undefined ? {} : { championOf: deployment }), version, digest }];
  }));
}

function datasets(spec: PipelineSpec, steps: readonly StepStatus[]): NonNullable<ModelVersionSpec['lineage']>['datasets'] {
  return spec.steps.flatMap(({ name, inputs }) => inputs.flatMap((input) => {
    const read = steps.find((step) => step.name === name)?.inputs.find((item) => item.name === input.name);
    return input.from.uri !== undefined && read ? [{ name: `${name}.${input.name}`, uri: input.from.uri, digest: read.digest }] : [];
  })).slice(0, 64);
}

function outputOf(steps: readonly StepStatus[], step: string, output: string): StepStatus['outputs'][number] | undefined {
  return steps.find(({ name }) => name === step)?.outputs.find(({ name }) => name === output);
}

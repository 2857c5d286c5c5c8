import type { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunSpec, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import type { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { artifactPath } from '../../dataplane/manifest.ts';
import type { Meta } from '../../runtime/kind.ts';

type Register = NonNullable<PipelineSpec['register']>;

/** The value of a result; undefined until its step has succeeded. */
export function resultOf(steps: readonly StepStatus[], step: string, result: string): string | undefined {
  return steps.find(({ name }) => name === step)?.results.find(({ name }) => name === result)?.value;
}

/** Why the run cannot be registered, or undefined when it can. */
export function registrationProblem(register: Register, steps: readonly StepStatus[]): { reason: string; message: string } | undefined {
  for (const { name, from } of register.metrics) {
    const value = resultOf(steps, from.step, from.result);
    if (value === undefined || value.trim() === '' || !Number.isFinite(Number(value))) {
      return { reason: 'NonFiniteMetric', message: `metric ${name}: result ${from.result} of step ${from.step} is "${value ?? ''}", not a finite number` };
    }
  }
  const { step, output } = register.artifact;
  if (!outputOf(steps, step, output)) return { reason: 'ArtifactMissing', message: `output ${output} of step ${step} was not reported` };
  return undefined;
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

export interface Registered {
  readonly run: Meta;
  readonly runSpec: PipelineRunSpec;
  readonly spec: PipelineSpec;
  readonly claim: string;
  readonly snapshotDigest: string;
  readonly steps: readonly StepStatus[];
  readonly params: Readonly<Record<string, string>>;
}

/** The version that a run registers; call it only when `registrationProblem` found none. */
export function modelVersionSpec(register: Register, from: Registered): ModelVersionSpec {
  const { run, runSpec, spec, claim, steps } = from;
  const artifact = outputOf(steps, register.artifact.step, register.artifact.output);
  return {
    model: register.model,
    artifact: {
      uri: `pvc://${claim}/${artifactPath(run.namespace, artifact?.digest ?? '')}`,
      digest: artifact?.digest ?? '',
      bytes: artifact?.bytes ?? 0,
    },
    format: register.format,
    metrics: register.metrics.map(({ name, from: source, dataset }) => {
      const digest = dataset && outputOf(steps, dataset.step, dataset.output)?.digest;
      return { name, value: Number(resultOf(steps, source.step, source.result)), ...(digest === undefined ? {} : { datasetDigest: digest }) };
    }),
    lineage: {
      run: { name: run.name, uid: run.uid },
      pipeline: runSpec.pipelineRef.name,
      snapshotDigest: from.snapshotDigest,
      images: spec.steps.map(({ name, container }) => ({ step: name, image: container.image })),
      datasets: datasets(spec, steps),
      params: Object.entries(from.params).map(([name, value]) => ({ name, value })),
      trigger: runSpec.trigger,
    },
    policy: register.policy,
  };
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

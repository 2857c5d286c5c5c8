import type { PipelineSpec, Step } from '../../api/v1alpha1/pipeline.ts';
import { paths } from '../../dataplane/task.ts';
import { substitute, type Lookup } from '../substitution.ts';

/** What `$(...)` in a step can stand for. A result is known only once its step has succeeded. */
export interface References {
  readonly run: string;
  readonly params: Readonly<Record<string, string>>;
  readonly result: (step: string, result: string) => string | undefined;
}

const resultReference = /^steps\.([^.]+)\.results\.([^.]+)$/;

/** Resolves the references of one step. */
export function lookupFor(step: Pick<Step, 'inputs' | 'outputs' | 'results'>, references: References): Lookup {
  const known = new Map<string, string>([
    ['run.name', references.run],
    ...Object.entries(references.params).map(([name, value]): [string, string] => [`params.${name}`, value]),
    ...step.inputs.map(({ name }): [string, string] => [`inputs.${name}.path`, `${paths.work}/inputs/${name}`]),
    ...step.outputs.map(({ name }): [string, string] => [`outputs.${name}.path`, `${paths.work}/outputs/${name}`]),
    ...step.results.map(({ name }): [string, string] => [`results.${name}.path`, `${paths.work}/results/${name}`]),
  ]);
  return (reference) => {
    const [, from, result] = resultReference.exec(reference) ?? [];
    return from !== undefined && result !== undefined ? references.result(from, result) : known.get(reference);
  };
}

/** The steps that must have succeeded before this one starts: those it names and those it reads from. */
export function dependencies(step: Step, steps: readonly Step[]): string[] {
  const read = step.inputs.flatMap(({ from }) => (from.step === undefined ? [] : [from.step]));
  const references = textsOf(step).flatMap((text) => substitute(text, () => undefined).unknown);
  const named = new Set(references.map((reference) => resultReference.exec(reference)?.[1]));
  const quoted = steps.filter(({ name }) => named.has(name)).map(({ name }) => name);
  return [...new Set([...step.dependsOn, ...read, ...quoted])];
}

/** The first reference of the Pipeline that can never be resolved, as a sentence, or undefined. */
export function referenceProblem(spec: PipelineSpec): string | undefined {
  const params = Object.fromEntries(spec.params.map(({ name }) => [name, '']));
  for (const [index, step] of spec.steps.entries()) {
    const earlier = spec.steps.slice(0, index);
    const result = (from: string, name: string): string | undefined =>
      earlier.some((other) => other.name === from && other.results.some((declared) => declared.name === name)) ? '' : undefined;
    const lookup = lookupFor(step, { run: '', params, result });
    for (const text of textsOf(step)) {
      const [unknown] = substitute(text, lookup).unknown;
      if (unknown !== undefined) return `step ${step.name}: $(${unknown}) names nothing that this step can use`;
    }
  }
  return undefined;
}

/** Characters that command, args and env of a step may have together once everything is put in. */
export const longest = 65_536;

/** The texts of a step in which references are replaced. */
export function textsOf({ container }: Step): string[] {
  return !container ? [] : [...container.command, ...container.args, ...container.env.map(({ value }) => value)];
}

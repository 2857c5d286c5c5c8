import type { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunSpec } from '../../api/v1alpha1/pipelinerun.ts';
import { longest, lookupFor, textsOf } from '../pipeline/references.ts';
import { substitutedLength } from '../substitution.ts';

/** The run's value of each parameter, and what is wrong with them, if something is. */
export function params(pipeline: Pick<PipelineSpec, 'params'>, run: Pick<PipelineRunSpec, 'params'>): {
  readonly values: Readonly<Record<string, string>>;
  readonly problem?: string;
} {
  const given = new Map(run.params.map(({ name, value }) => [name, value]));
  const values = Object.fromEntries(pipeline.params.flatMap(({ name, default: fallback }) => {
    const value = given.get(name) ?? fallback;
    return value === undefined ? [] : [[name, value]];
  }));
  const unknown = run.params.find(({ name }) => !pipeline.params.some((declared) => declared.name === name));
  if (unknown) return { values, problem: `the Pipeline has no parameter "${unknown.name}"` };
  const missing = pipeline.params.find(({ name }) => !Object.hasOwn(values, name));
  return missing ? { values, problem: `parameter "${missing.name}" has no default: give it a value` } : { values };
}

/**
 * Why no Job could hold what a step becomes with these parameters, or undefined. It is counted without building it: a
 * short text of many references to a long parameter becomes a very long one.
 */
export function tooLong(pipeline: PipelineSpec, values: Readonly<Record<string, string>>): string | undefined {
  for (const step of pipeline.steps) {
    const lookup = lookupFor(step, { run: '', params: values, result: () => '' });
    const length = textsOf(step).reduce((sum, text) => sum + substitutedLength(text, lookup), 0);
    if (length > longest) return `step ${step.name}: command, args and env have ${length} characters with these parameters; ${longest} are allowed`;
  }
  return undefined;
}

import type { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { PipelineRunSpec } from '../../api/v1alpha1/pipelinerun.ts';

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

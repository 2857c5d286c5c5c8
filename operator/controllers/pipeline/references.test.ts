import { describe, expect, test } from '@jest/globals';
import { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import { make } from '../../../test/make.ts';
import { dependencies, lookupFor, referenceProblem } from './references.ts';

const pipeline = (args: string[], more: { command?: string[]; env?: { name: string; value: string }[] } = {}, dependsOn: string[] = []): PipelineSpec => PipelineSpec.parse({
  params: [{ name: 'seed' }],
  artifactStore: { type: 'Volume', volume: { claimName: 'store' } },
  steps: [
    { name: 'prepare', container: { image: 'a' }, results: [{ name: 'rows' }] },
    { name: 'split', container: { image: 'a' }, outputs: [{ name: 'test' }] },
    {
      name: 'train', dependsOn, container: { image: 'a', args, ...more },
      inputs: [{ name: 'test', from: { step: 'split', output: 'test' } }], outputs: [{ name: 'model' }], results: [{ name: 'auc' }],
    },
  ],
});

describe('a step may use', () => {
  test.each([
    ['parameters', '$(params.seed)'], ['its inputs', '$(inputs.test.path)'], ['its outputs', '$(outputs.model.path)'], ['where its results go', '$(results.auc.path)'],
    ['results of earlier steps', '$(steps.prepare.results.rows)'], ['the name of the run', '$(run.name)'], ['variables of its container', '$(HOME)'], ['escaped references', '$$(params.none)'],
  ])('%s', (_name, text) => expect(referenceProblem(pipeline([text]))).toBeUndefined());
});

describe('a step may not use', () => {
  test.each([
    ['unknown parameters', pipeline(['$(params.sead)']), 'params.sead'],
    ['inputs of others', pipeline([], { command: ['$(inputs.rows.path)'] }), 'inputs.rows.path'],
    ['results it will make itself', pipeline(['$(steps.train.results.auc)']), 'steps.train.results.auc'],
    ['results that are not declared', pipeline(['$(steps.prepare.results.columns)']), 'steps.prepare.results.columns'],
    ['anything unknown in a variable', pipeline([], { env: [{ name: 'A', value: 'x$(source.path)' }] }), 'source.path'],
  ])('%s', (_name, spec, reference) => expect(referenceProblem(spec)).toBe(`step train: $(${reference}) names nothing that this step can use`));

  test('results of later steps', () => {
    const spec = pipeline([]);
    const turned = { ...spec, steps: [spec.steps[2]!, ...spec.steps.slice(0, 2)] };
    expect(referenceProblem({ ...turned, steps: turned.steps.map((step) => (step.name === 'train' ? pipeline(['$(steps.prepare.results.rows)']).steps[2]! : step)) }))
      .toBe('step train: $(steps.prepare.results.rows) names nothing that this step can use');
  });
});

describe('a step depends on', () => {
  const of = (spec: PipelineSpec): string[] => dependencies(spec.steps[2]!, spec.steps);
  test.each([
    ['what it reads', pipeline([]), ['split']],
    ['what it names', pipeline([], {}, ['prepare', 'split']), ['prepare', 'split']],
    ['what it quotes', pipeline(['--rows=$(steps.prepare.results.rows)']), ['split', 'prepare']],
    ['nothing that it quotes escaped, itself least of all', pipeline(['$$(steps.prepare.results.rows) $$(steps.train.results.auc)']), ['split']],
  ])('%s', (_name, spec, names) => expect(of(spec)).toEqual(names));
});

test('every path of the example can be looked up', () => {
  const [, evaluate] = make.pipeline().spec.steps;
  const lookup = lookupFor(evaluate!, { run: 'r', params: { seed: '1' }, result: (step, result) => `${step}/${result}` });
  expect(['run.name', 'params.seed', 'inputs.model.path', 'results.recall.path', 'steps.a.results.b', 'steps.a.b', 'constructor'].map(lookup))
    .toEqual(['r', '1', '/work/inputs/model', '/work/results/recall', 'a/b', undefined, undefined]);
});

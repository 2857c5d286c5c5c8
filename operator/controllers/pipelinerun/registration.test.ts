import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digest, make } from '../../../test/make.ts';
import { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import { PipelineSpec } from '../../api/v1alpha1/pipeline.ts';
import type { ResolvedModel, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { modelVersionSpec, nextVersionName, registrationProblem, versionNumber, type Ran } from './registration.ts';

const pipeline = make.pipeline();
const register = pipeline.spec.register!;
const steps = (recall: string | undefined, outputs = [{ name: 'model', digest: digest('a'), bytes: 7 }]) => [
  make.step('train', 'Succeeded', { outputs }),
  make.step('evaluate', 'Succeeded', { results: recall === undefined ? [] : [{ name: 'recall', value: recall }] }),
];

const ran = (recorded: StepStatus[]): Ran => ({ spec: pipeline.spec, steps: recorded, models: [] });

describe('the name of a version', () => {
  test.each([
    ['starts at 1', [], 'fraud-1'],
    ['is one above the highest', ['fraud-2', 'fraud-10', 'fraud-9'], 'fraud-11'],
    ['does not fill gaps, or the newest version would not be the highest', ['fraud-3'], 'fraud-4'],
    ['ignores other models and other names', ['fraud-team-7', 'fraudulent-9', 'fraud-08', 'fraud-x', 'fraud'], 'fraud-1'],
  ])('%s', (_name, existing, name) => expect(nextVersionName('fraud', existing)).toBe(name));

  test('is never one that exists', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 999 })), (numbers) => {
      const existing = numbers.map((number) => `fraud-${number}`);
      const name = nextVersionName('fraud', existing);
      expect(existing).not.toContain(name);
      expect(versionNumber('fraud', name)).toBe(Math.max(0, ...numbers) + 1);
    }));
  });
});

describe('a run cannot be registered', () => {
  const notFinite = (value: string) => ({ reason: 'NonFiniteMetric', message: `metric recall: result recall of step evaluate is "${value}", not a finite number` });
  test.each([
    ['with a metric that is not a number', steps('nan'), notFinite('nan')],
    ['with NaN', steps('NaN'), notFinite('NaN')],
    ['with an infinite metric', steps('Infinity'), notFinite('Infinity')],
    ['with a metric beyond all numbers', steps('1e999'), notFinite('1e999')],
    ['with an empty metric', steps(''), notFinite('')],
    ['without a reported metric', steps(undefined), notFinite('')],
    ['without the artifact', steps('0.8', []), { reason: 'ArtifactMissing', message: 'output model of step train was not reported' }],
  ])('%s', (_name, recorded, problem) => expect(registrationProblem(register, ran(recorded))).toEqual(problem));

  test.each(['0', '-1.5', '1e-9', ' 0.8 '])('unless the metric is finite: %p', (value) => expect(registrationProblem(register, ran(steps(value)))).toBeUndefined());
});

/** The evaluation has scored the champion, too, and a profile was made. */
describe('a run that has compared', () => {
  const spec = PipelineSpec.parse({
    ...pipeline.spec,
    steps: [
      pipeline.spec.steps[0],
      { ...pipeline.spec.steps[1], inputs: [{ name: 'champion', from: { championOf: 'scorer' } }], results: [{ name: 'recall' }, { name: 'old' }] },
      { name: 'baseline', profile: { input: 'rows' }, inputs: [{ name: 'rows', from: { step: 'train', output: 'model' } }] },
    ],
    register: { ...register, profile: { step: 'baseline' }, metrics: [{ name: 'recall', from: { step: 'evaluate', result: 'recall' }, champion: { step: 'evaluate', result: 'old' } }] },
  });
  const compared = spec.register!;
  const champion = { championOf: 'scorer', version: 'fraud-1', uri: 'pvc://store/x', digest: digest('e') };
  const ranWith = (old: string, model: ResolvedModel, profile = true): Ran => ({
    spec, models: [model],
    steps: [
      ...steps('0.8').map((step) => (step.name === 'evaluate' ? { ...step, results: [...step.results, { name: 'old', value: old }] } : step)),
      make.step('baseline', 'Succeeded', { outputs: profile ? [{ name: 'profile', digest: digest('d'), bytes: 9 }] : [] }),
    ],
  });
  const registered = (old: string, model: ResolvedModel) => {
    const run = make.run();
    return modelVersionSpec(compared, { ...ranWith(old, model), run: run.metadata, runSpec: run.spec, claim: 'store', snapshotDigest: digest('c'), params: {} });
  };

  test('registers the value of the champion, which version it was, and the profile', () => {
    expect(registrationProblem(compared, ranWith('0.7', champion))).toBeUndefined();
    const version = registered('0.7', champion);
    expect(version).toMatchObject({
      metrics: [{ name: 'recall', value: 0.8, champion: { modelVersionRef: { name: 'fraud-1' }, value: 0.7 } }],
      profile: { uri: `pvc://store/ml/sha256/${'d'.repeat(64)}`, digest: digest('d') },
      lineage: {
        models: [{ name: 'evaluate.champion', championOf: 'scorer', version: 'fraud-1', digest: digest('e') }],
        images: [{ step: 'train', image: 'python:3' }, { step: 'evaluate', image: 'python:3' }],
      },
    });
    expect(ModelVersionSpec.parse(version)).toEqual(version);
  });

  test('with nothing, registers no champion, whatever its result says', () => {
    for (const old of ['', 'none']) {
      expect(registrationProblem(compared, ranWith(old, { championOf: 'scorer' }))).toBeUndefined();
      const { metrics, lineage } = registered(old, { championOf: 'scorer' });
      expect([metrics, lineage?.models]).toEqual([[{ name: 'recall', value: 0.8 }], []]);
    }
  });

  test.each(['', 'nan'])('cannot be registered when the champion has %p for a value', (old) => {
    expect(registrationProblem(compared, ranWith(old, champion))).toEqual({
      reason: 'NonFiniteMetric', message: `metric recall of the champion: result old of step evaluate is "${old}", not a finite number`,
    });
  });

  test('cannot be registered without its profile', () => {
    expect(registrationProblem(compared, ranWith('0.7', champion, false))).toEqual({ reason: 'ProfileMissing', message: 'the profile of step baseline was not reported' });
  });
});

test('a version tells all of its origin', () => {
  const spec = { ...pipeline.spec, steps: pipeline.spec.steps.map((step) => (step.name === 'train' ? { ...step, inputs: [{ name: 'rows', from: { uri: 'pvc://data/days' } }] } : step)) };
  const metric = { name: 'recall', from: { step: 'evaluate', result: 'recall' }, dataset: { step: 'train', output: 'model' } };
  const recorded = steps('0.8').map((step) => (step.name === 'train' ? { ...step, inputs: [{ name: 'rows', digest: digest('b'), bytes: 3 }] } : step));
  const run = make.run();
  const version = modelVersionSpec({ ...register, metrics: [metric] }, {
    run: run.metadata, runSpec: run.spec, spec, claim: 'store', snapshotDigest: digest('c'), steps: recorded, models: [], params: { seed: '1' },
  });
  expect(version).toEqual({
    model: 'fraud',
    artifact: { uri: `pvc://store/ml/sha256/${'a'.repeat(64)}`, digest: digest('a'), bytes: 7 },
    format: { name: 'sklearn' },
    metrics: [{ name: 'recall', value: 0.8, datasetDigest: digest('a') }],
    lineage: {
      run: { name: 'fraud-run', uid: 'uid-fraud-run' },
      pipeline: 'fraud',
      snapshotDigest: digest('c'),
      images: [{ step: 'train', image: 'python:3' }, { step: 'evaluate', image: 'python:3' }],
      datasets: [{ name: 'train.rows', uri: 'pvc://data/days', digest: digest('b') }],
      models: [],
      params: [{ name: 'seed', value: '1' }],
      trigger: { type: 'Manual', by: '' },
    },
    policy: { gates: [{ name: 'finds', expression: 'metrics.recall >= 0.5' }] },
  });
  expect(ModelVersionSpec.parse(version)).toEqual(version);
});

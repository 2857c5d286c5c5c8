import { describe, expect, test } from '@jest/globals';
import { at, make } from '../../test/make.ts';
import { kinds } from './v1alpha1/index.ts';
import { PipelineRun } from './v1alpha1/pipelinerun.ts';
import { valid } from './kind.ts';

const metadata = make.meta('r');

describe('a stored object', () => {
  test('is read with its defaults', () => {
    expect(PipelineRun.project(metadata, { spec: { pipelineRef: { name: 'p' } } })).toEqual({
      metadata,
      spec: { pipelineRef: { name: 'p' }, params: [], trigger: { type: 'Manual', by: '' }, cancel: false },
      status: { observedGeneration: -1, writerEpoch: 0, conditions: [], models: [], steps: [] },
    });
  });

  test('loses what the schema does not know', () => {
    const { spec } = PipelineRun.project(metadata, { spec: { pipelineRef: { name: 'p', namespace: 'other' }, hostPath: '/' } });
    expect(spec).toEqual({ pipelineRef: { name: 'p' }, params: [], trigger: { type: 'Manual', by: '' }, cancel: false });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['without a spec', {}, 'spec: '],
    ['with a wrong field', { spec: { pipelineRef: { name: 7 } } }, 'spec.pipelineRef.name: '],
    ['with a wrong status', { spec: { pipelineRef: { name: 'p' } }, status: { steps: [{ name: 'a', state: 'Gone' }] } }, 'status.steps.0.state: '],
  ])('%s has a problem and no spec', (_name, live, problem) => {
    const object = PipelineRun.project(metadata, live);
    expect([object.spec, valid(object), object.problem?.startsWith(problem)]).toEqual([undefined, undefined, true]);
    expect(object.problem?.length).toBeLessThanOrEqual(256);
  });

  test('keeps its status when only its spec is wrong', () => {
    const condition = { type: 'Succeeded', status: 'True', reason: 'Completed', message: '', lastTransitionTime: at(0) };
    expect(PipelineRun.project(metadata, { spec: null, status: { conditions: [condition] } }).status.conditions).toEqual([condition]);
  });

  test('whose status is wrong keeps it aside, with what all kinds have of it in its place', () => {
    const condition = { type: 'Succeeded', status: 'True', reason: 'Completed', message: '', lastTransitionTime: at(0) };
    const status = { steps: [{ name: 'a', state: 'Gone' }], writerEpoch: 7, observedGeneration: 'x', conditions: [condition, { type: 'Ready' }] };
    const read = PipelineRun.project(metadata, { spec: { pipelineRef: { name: 'p' } }, status });
    expect(read.unread).toEqual(status);
    expect(read.status).toEqual({ observedGeneration: -1, writerEpoch: 7, conditions: [condition], models: [], steps: [] });
    expect(PipelineRun.project(metadata, { spec: {} }).unread).toBeUndefined();
  });

  test.each(kinds.map((kind) => [kind.kind, kind] as const))('of kind %s is read without a throw, whatever is in it', (_name, kind) => {
    for (const live of [{}, { spec: null }, { spec: [], status: 'x' }, { spec: { steps: {} }, status: null }, { spec: 7, status: { conditions: {} } }]) {
      expect(kind.project(metadata, live).spec).toBeUndefined();
    }
  });
});

test('what is not there is not valid', () => expect(valid(undefined)).toBeUndefined());

test('the status of every kind fits in 64 KiB when it is full of long messages', () => {
  const step = (index: number) => make.step(`step-${index}`, 'Failed', { reason: 'R'.repeat(40), message: 'm'.repeat(256), job: { name: 'j'.repeat(63), uid: 'u'.repeat(36), recall: 'r'.repeat(63) } });
  expect(JSON.stringify(Array.from({ length: 64 }, (_, index) => step(index))).length).toBeLessThan(64 * 1_024);
});

import { describe, expect, test } from '@jest/globals';
import { at, make } from '../../../test/make.ts';
import type { PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { newestRun, runResult } from './runs.ts';

const created = (name: string, seconds: number) => make.run({ metadata: { name, creationTimestamp: at(seconds) } });

describe('the newest run', () => {
  test.each([
    ['of none is none', [], undefined],
    ['was created last', [created('b', 1), created('z', 0), created('a', 2)], 'a'],
    ['of one second is the last by name', [created('b', 1), created('a', 1)], 'b'],
  ])('%s', (_name, runs, name) => expect(newestRun(runs)?.metadata.name).toBe(name));
});

describe('a run is told as', () => {
  const status = (changes: Partial<PipelineRunStatus>): PipelineRunStatus => ({ ...make.run().status, finishedAt: at(0), ...changes });
  const succeeded = (is: 'True' | 'False', reason: string) => [{ type: 'Succeeded', status: is, reason, message: '', lastTransitionTime: at(0) }];
  test.each([
    ['Running', status({ finishedAt: undefined, conditions: succeeded('False', 'Cancelled') })],
    ['Succeeded', status({ conditions: succeeded('True', 'Completed') })],
    ['Cancelled', status({ conditions: succeeded('False', 'Cancelled'), steps: [make.step('a', 'Error')] })],
    ['Error', status({ conditions: succeeded('False', 'PodLost'), steps: [make.step('a', 'Error')] })],
    ['Failed', status({ conditions: succeeded('False', 'StepFailed'), steps: [make.step('a', 'Failed')] })],
    ['Failed', status({})],
  ])('%s', (result, of) => expect(runResult(of)).toBe(result));
});

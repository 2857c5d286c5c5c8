import { describe, expect, test } from '@jest/globals';
import { at, make } from '../../../test/make.ts';
import type { PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { runResult } from './runs.ts';

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

import { describe, expect, test } from '@jest/globals';
import { stepText } from './run.ts';

const step = { name: 'train', state: 'Pending', attempt: 0, inputs: [], outputs: [], results: [] } as const;
const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:08Z' };

describe('a step in a few words', () => {
  test('is silent before it starts', () => expect(stepText({ ...step, inputs: [], outputs: [], results: [] })).toBe(''));

  test('runs', () => expect(stepText({ ...step, state: 'Running', attempt: 1, inputs: [], outputs: [], results: [] })).toBe('running'));

  test('says which attempt it is when the first one failed', () => {
    expect(stepText({ ...step, state: 'Running', attempt: 2, inputs: [], outputs: [], results: [] })).toBe('running (attempt 2)');
  });

  test('says what it left and how long it took', () => {
    const outputs = [{ name: 'model', digest: 'sha256:0', bytes: 1 }];
    expect(stepText({ ...step, ...times, state: 'Succeeded', attempt: 1, inputs: [], outputs, results: [] })).toBe('succeeded     8 s  left model');
  });

  test('says why it failed', () => {
    expect(stepText({ ...step, ...times, state: 'Failed', attempt: 1, inputs: [], outputs: [], results: [], message: 'exit code 1' })).toBe('failed        8 s  exit code 1');
  });
});

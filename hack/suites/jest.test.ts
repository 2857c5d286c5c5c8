import { expect, test } from '@jest/globals';
import { counted, testFiles } from './jest.ts';

const report = (success: boolean): string => JSON.stringify({ numTotalTestSuites: 9, numPendingTestSuites: 2, success });

test('files whose every test is skipped do not count as run', () => {
  expect(counted(report(true), true)).toEqual({ run: 7, skipped: 2, passed: true });
});

test.each([
  ['Jest says so', report(false), true],
  ['its exit code says so', report(true), false],
])('a run has failed when %s', (_, text, code) => expect(counted(text, code).passed).toBe(false));

test('without a report nothing was run', () => {
  expect(counted(undefined, true)).toEqual({ run: 0, skipped: 0, passed: false });
});

test('the files of a project are counted without running them', async () => {
  expect(await testFiles('unit')).toBeGreaterThan(10);
});

import { expect, test } from '@jest/globals';
import { countLine, summary, timed } from './report.ts';

test('the summary shows what failed and why, and then a line for each part', () => {
  const outcomes = [
    { name: 'types', passed: true, seconds: 4.4, output: 'nothing to say' },
    { name: 'lint', passed: false, seconds: 33, output: 'a.ts: no\n' },
  ];
  expect(summary(outcomes)).toBe('\nlint:\na.ts: no\n\nok    types     4 s\nFAIL  lint     33 s');
});

test('an error is a failure with its message', async () => {
  expect(await timed('lint', () => Promise.reject(new Error('broken')))).toMatchObject({ passed: false, output: 'broken' });
  expect(await timed('lint', () => Promise.resolve('fine'))).toMatchObject({ passed: true, output: 'fine' });
});

test('the last line counts test files', () => {
  expect(countLine({ unit: { run: 12, skipped: 0 }, statistics: { run: 2, skipped: 0 }, integration: { run: 3, skipped: 1 }, faults: { run: 1, skipped: 0 }, corpus: { run: 4, skipped: 0 }, e2e: { run: 0, skipped: 2 } }))
    .toBe('suites: unit 12, statistics 2, integration 3, faults 1, corpus 4, e2e 0; skipped 3');
});

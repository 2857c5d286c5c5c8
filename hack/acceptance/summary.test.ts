import { expect, test } from '@jest/globals';
import type { DemoRecord } from '../demo/record.ts';
import { passed, summary, type Performance } from './summary.ts';

const record = {
  activeVersion: 'fraud-2', client: { requests: 61_234, failed: 0 },
  versions: [{ metrics: {} }, { metrics: { recall: 0.98 }, champion: { metrics: { recall: 0.15 } } }],
  loop: { windows: [], pattern: '2026-01-01T00:02:00Z', episode: { start: '2026-01-01T00:03:30Z' }, retraining: { outcome: 'Promoted' } },
} as unknown as DemoRecord;
const done: Performance = { name: 'seed 1', demo: 0, confirmed: 0, seconds: 750, record };

test('the summary has a row for each demo, also for one that failed early', () => {
  const lines = summary([done, { name: 'seed 2', demo: 1, confirmed: 1, seconds: 6, record: undefined }]);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['demo', 'result', 'minutes', 'found', 'old recall', 'new recall', 'loop', 'serves', 'requests', 'failed'],
    ['seed 1', 'passed', '12.5', '90 s', '0.150', '0.980', 'Promoted', 'fraud-2', '61,234', '0'],
    ['seed 2', 'FAILED', '0.1', '0 windows', '-', '-', '-', '-', '0', '0'],
  ]);
});

test.each([[0, 0, true], [0, 1, false], [1, 0, false]])('a demo that ended with %i and was confirmed with %i has passed: %s', (demo, confirmed, expected) => {
  expect(passed({ ...done, demo, confirmed })).toBe(expected);
});

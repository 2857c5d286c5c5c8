import { describe, expect, test } from '@jest/globals';
import type { DriftPolicy } from '../cluster/objects.ts';
import { windowOf, windowText } from './policy.ts';

const window = { start: '2026-01-01T10:00:00Z', end: '2026-01-01T10:00:30Z' };
const inputs = {
  name: 'inputs', state: 'Breached' as const, value: 0.21, threshold: 0.1, samples: 3_000, recent: [],
  worst: [{ feature: 'a', value: 0.21, threshold: 0.1 }, { feature: 'b', value: 0.12, threshold: 0.1 }, { feature: 'c', value: 0.05, threshold: 0.1 }],
  message: 'a differs by 0.21 (limit 0.10), and 1 more of 3 features; 3,000 rows',
};
const recall = { name: 'recall', state: 'OK' as const, value: 0.84, threshold: 0.7, samples: 120, worst: [], recent: [], message: 'recall is 0.84' };

function policy(status: DriftPolicy['status']): DriftPolicy {
  return { kind: 'DriftPolicy', metadata: { name: 'fraud', uid: 'u' }, status } as DriftPolicy;
}

describe('a judged window', () => {
  test('is told with every check and every feature beyond its limit', () => {
    const judged = windowOf(policy({ window, version: 'fraud-1', checks: [inputs, recall] }));
    expect(judged && windowText(judged).split('\n')).toEqual([
      '10:00:00 to 10:00:30, fraud-1',
      '  inputs  Breached  a differs by 0.21 (limit 0.10), and 1 more of 3 features; 3,000 rows',
      '                    b differs by 0.12 (limit 0.10)',
      '  recall  OK        recall is 0.84',
    ]);
  });

  test.each<[string, DriftPolicy['status']]>([
    ['before the operator has come by', undefined],
    ['before the first window', {}],
    ['while there is no traffic', { window, version: 'fraud-1', checks: [{ ...recall, state: 'NoData' }] }],
  ])('is none %s', (_name, status) => expect(windowOf(policy(status))).toBeUndefined());
});

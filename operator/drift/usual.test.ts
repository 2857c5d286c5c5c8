import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NullLaw } from '../profile/format.ts';
import { chanceInBaseline, studentTail } from './usual.ts';

const law: NullLaw = { rows: 1_000, chunks: 10, mean: 0.05, sd: 0.02, q99: 0.1 };

describe('the chance of a distance in the baseline', () => {
  test.each<[string, number, NullLaw | undefined, number]>([
    ['is one half at the mean', 0.05, law, 0.5],
    /* scipy.stats.t.sf(3 / sqrt(1.1), 9) */
    ['three deviations above the mean of ten chunks is near one percent', 0.11, law, 0.00940],
    ['is no objection without a law', 0.01, undefined, 0],
    ['is certain at the distance that all chunks have', 0.05, { ...law, sd: 0 }, 1],
    ['is nil above the distance that all chunks have', 0.06, { ...law, sd: 0 }, 0],
  ])('%s', (_name, ...[distance, of, chance]) => expect(Math.abs(chanceInBaseline(distance, of) - chance)).toBeLessThan(2e-4));

  test('is larger when it is known from fewer chunks', () => {
    expect(chanceInBaseline(0.15, { ...law, chunks: 3 })).toBeGreaterThan(10 * chanceInBaseline(0.15, { ...law, chunks: 40 }));
  });
});

test('the tail of the distribution of Student falls, and both tails add up to 1', () => {
  const t = fc.double({ min: -30, max: 30, noNaN: true });
  fc.assert(fc.property(t, t, fc.integer({ min: 1, max: 100 }), (a, b, freedom) => {
    expect(studentTail(Math.min(a, b), freedom)).toBeGreaterThanOrEqual(studentTail(Math.max(a, b), freedom) - 1.5e-7);
    expect(studentTail(a, freedom) + studentTail(-a, freedom)).toBeCloseTo(1, 6);
  }));
});

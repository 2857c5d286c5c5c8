import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cellCount, cellOf, pointCells } from '../profile/cells.ts';
import type { NumericBins } from '../profile/format.ts';
import { numericBins, valueFor } from '../profile/testing/arbitraries.ts';
import { kolmogorovSmirnov, kolmogorovSmirnovTail, type Bounds } from './ks.ts';

/** The largest distance between two empirical distribution functions, by its definition. */
function exact(a: readonly number[], b: readonly number[]): number {
  const below = (values: readonly number[], at: number): number => values.filter((value) => value <= at).length / values.length;
  return Math.max(...[...a, ...b].map((at) => Math.abs(below(a, at) - below(b, at))));
}

function counted(bins: NumericBins, values: readonly number[]): number[] {
  const counts = new Array<number>(cellCount(bins)).fill(0);
  for (const value of values) counts[cellOf(bins, value)]! += 1;
  return counts;
}

const samples = numericBins.chain((bins) => {
  const values = fc.array(valueFor(bins), { minLength: 1, maxLength: 30 });
  return fc.tuple(fc.constant(bins), values, values);
});

describe('the statistic of counts', () => {
  test('lies around that of the values', () => {
    fc.assert(fc.property(samples, ([bins, a, b]) => {
      const { lower, upper } = kolmogorovSmirnov(counted(bins, a), counted(bins, b), pointCells(bins));
      expect(lower).toBeLessThanOrEqual(exact(a, b) + 1e-12);
      expect(upper).toBeGreaterThanOrEqual(exact(a, b) - 1e-12);
    }));
  });

  test('is exact when every value has a cell of its own', () => {
    const values = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 });
    const bins: NumericBins = { type: 'Numeric', name: 'rooms', edges: [0, 1, 2, 3, 4, 5], atoms: [0, 1, 2, 3, 4, 5] };
    fc.assert(fc.property(values, values, (a, b) => {
      const { lower, upper } = kolmogorovSmirnov(counted(bins, a), counted(bins, b), pointCells(bins));
      expect(upper).toBe(lower);
      expect(lower).toBeCloseTo(exact(a, b), 12);
    }));
  });

  test('is uncertain by no more than the fullest cell that is no point', () => {
    fc.assert(fc.property(samples, ([bins, a, b]) => {
      const [countsA, countsB, points] = [counted(bins, a), counted(bins, b), pointCells(bins)];
      const masses = points.map((point, cell) => (point ? 0 : Math.max(countsA[cell]! / a.length, countsB[cell]! / b.length)));
      const { lower, upper } = kolmogorovSmirnov(countsA, countsB, points);
      expect(upper - lower).toBeLessThanOrEqual(Math.max(...masses) + 1e-12);
    }));
  });

  test('does not depend on which sample comes first', () => {
    fc.assert(fc.property(samples, ([bins, a, b]) => {
      const [countsA, countsB, points] = [counted(bins, a), counted(bins, b), pointCells(bins)];
      expect(kolmogorovSmirnov(countsA, countsB, points)).toEqual(kolmogorovSmirnov(countsB, countsA, points));
    }));
  });

  test.each<[string, number[], number[], boolean[], Bounds]>([
    ['of equal distributions is 0, and uncertain by what lies in one cell', [2, 2], [7, 7], [false, false], { lower: 0, upper: 0.5 }],
    ['of distributions that never meet is 1', [5, 0], [0, 9], [false, false], { lower: 1, upper: 1 }],
    ['of an empty sample is not known', [0, 0], [1, 1], [false, false], { lower: 0, upper: 1 }],
  ])('%s', (_name, ...[a, b, points, bounds]) => expect(kolmogorovSmirnov(a, b, points)).toEqual(bounds));
});

describe('the p-value', () => {
  /* scipy.stats.kstwo.sf(d, round(n m / (n + m))), scipy 1.17.1; how near it is everywhere, test/statistics tells. */
  test.each([
    [0.31, 100, 100, 9.136517e-5],
    [0.1, 1_000, 10_000, 2.295e-8],
    [0.05, 1_000, 10_000, 0.020514],
  ])('of %d between %d and %d values is near that of scipy', (d, n, m, p) => expect(Math.abs(kolmogorovSmirnovTail(d, n, m) - p)).toBeLessThan(1.2e-4));

  test('is 1 for equal samples and for none', () => expect([kolmogorovSmirnovTail(0, 100, 100), kolmogorovSmirnovTail(0.5, 0, 100)]).toEqual([1, 1]));

  test('falls with the distance and stays between 0 and 1', () => {
    const d = fc.double({ min: 0, max: 1, noNaN: true });
    const size = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(fc.property(d, d, size, size, (a, b, n, m) => {
      const [near, far] = [kolmogorovSmirnovTail(Math.min(a, b), n, m), kolmogorovSmirnovTail(Math.max(a, b), n, m)];
      expect(far).toBeGreaterThanOrEqual(0);
      expect(near).toBeLessThanOrEqual(1);
      expect(far).toBeLessThanOrEqual(near + 1e-12);
    }));
  });
});

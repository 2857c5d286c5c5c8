import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chiSquare } from './chi-square.ts';

const table = fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 12 });
const [first, second] = [(cells: [number, number][]) => cells.map(([x]) => x), (cells: [number, number][]) => cells.map(([, y]) => y)];

describe('the chi-square test', () => {
  /* scipy.stats.chi2_contingency([a, b], correction=False), scipy 1.17.1 */
  test.each<[string, number[], number[], number, number, number]>([
    ['six cells', [16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8], 1.6224089635854342, 5, 0.8985262394026607],
    ['two cells joined, which expect fewer than five values', [90, 6, 4], [80, 16, 4], 3.9215686274509807, 1, 0.04767038065616147],
  ])('of %s is what scipy says', (_name, ...[a, b, statistic, degreesOfFreedom, p]) => {
    const result = chiSquare(a, b);
    expect(result.statistic).toBeCloseTo(statistic, 10);
    expect(result.degreesOfFreedom).toBe(degreesOfFreedom);
    expect(result.p).toBeCloseTo(p, 10);
  });

  test('of one row of a category that the baseline lacks is no alarm', () => expect(chiSquare([900, 100, 0], [450, 49, 1]).p).toBeGreaterThan(0.05));

  test('of many rows of a category that the baseline lacks is one', () => expect(chiSquare([900, 100, 0], [400, 50, 50]).p).toBeLessThan(1e-12));

  test.each([
    ['a single category', [10], [20]],
    ['no values', [0, 0], [0, 0]],
    ['too few values for two cells', [2, 1], [1, 2]],
    ['an empty sample', [50, 50], [0, 0]],
  ])('of %s tells nothing', (_name, a, b) => expect(chiSquare(a, b)).toEqual({ statistic: 0, degreesOfFreedom: 0, p: 1 }));

  test('finds nothing between equal samples', () => {
    fc.assert(fc.property(table, (cells) => expect(chiSquare(first(cells), first(cells))).toMatchObject({ statistic: 0, p: 1 })));
  });

  test('does not depend on which sample comes first, and is never negative', () => {
    fc.assert(fc.property(table, (cells) => {
      const result = chiSquare(first(cells), second(cells));
      expect(chiSquare(second(cells), first(cells)).p).toBeCloseTo(result.p, 12);
      expect(result.statistic).toBeGreaterThanOrEqual(0);
    }));
  });
});

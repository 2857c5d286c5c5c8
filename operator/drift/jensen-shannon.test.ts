import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jensenShannon } from './jensen-shannon.ts';

const farthest = Math.sqrt(Math.LN2);
const table = fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { minLength: 1, maxLength: 12 });
const columns = table.map((cells) => [cells.map(([x]) => x), cells.map(([, y]) => y)] as const);

describe('the distance', () => {
  /* scipy.spatial.distance.jensenshannon(a, b), scipy 1.17.1 */
  test.each([
    ['of six cells', [16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8], 0.06804819617703854],
    ['with a category that the baseline lacks', [90, 10, 0], [80, 12, 8], 0.17219900799064505],
    ['of distributions that have nothing in common', [1, 0], [0, 1], 0.8325546111576977],
  ])('%s is what scipy says', (_name, a, b, distance) => expect(jensenShannon(a, b)).toBeCloseTo(distance, 12));

  test('is 0 for the same shares, however many values', () => expect(jensenShannon([1, 2, 5], [30, 60, 150])).toBe(0));

  test('is 0 when there is nothing to compare', () => expect(jensenShannon([0, 0], [1, 1])).toBe(0));

  test('lies between 0 and the root of ln 2, and does not depend on which comes first', () => {
    fc.assert(fc.property(columns, ([a, b]) => {
      const distance = jensenShannon(a, b);
      expect(distance).toBeGreaterThanOrEqual(0);
      expect(distance).toBeLessThanOrEqual(farthest + 1e-12);
      expect(jensenShannon(b, a)).toBeCloseTo(distance, 12);
    }));
  });

  test('does not grow when two cells become one', () => {
    fc.assert(fc.property(columns.filter(([a]) => a.length > 1), ([a, b]) => {
      const joined = (counts: readonly number[]): number[] => [counts[0]! + counts[1]!, ...counts.slice(2)];
      expect(jensenShannon(joined(a), joined(b))).toBeLessThanOrEqual(jensenShannon(a, b) + 1e-7);
    }));
  });
});

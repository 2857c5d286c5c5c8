import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chanceOf, upperTail } from './proportions.ts';

/*
 * pool = (x1 + x2) / (n1 + n2);  z = difference / sqrt(pool (1 - pool) (1/n1 + 1/n2));  p = P(Z > z).
 * Computed with scipy 1.17.1: scipy.stats.norm.sf(z).
 */
describe('the chance of a difference between equal versions', () => {
  test.each<[string, number, [number, number], [number, number], number]>([
    ['of 2 points in 1 %', 30 / 1_000 - 10 / 1_000, [10, 1_000], [30, 1_000], 0.0007006507904801069],
    ['of 10 points, 100 labels each', 90 / 100 - 80 / 100, [90, 100], [80, 100], 0.023835190328080732],
    ['of 10 points, 50 labels each', 45 / 50 - 40 / 50, [45, 50], [40, 50], 0.08071473118354161],
    ['of one request in 500', 6 / 500 - 5 / 500, [5, 500], [6, 500], 0.3808750248094235],
    ['of 15 points, 200 labels each', 180 / 200 - 150 / 200, [180, 200], [150, 200], 3.945112145128074e-5],
  ])('%s is what scipy says', (_name, ...[difference, [hits, trials], [otherHits, otherTrials], p]) => {
    expect(Math.abs(chanceOf(difference, { hits, trials }, { hits: otherHits, trials: otherTrials }) - p)).toBeLessThan(7.5e-8);
  });

  test('is nil or certain when there is nothing random about it', () => {
    expect([chanceOf(0, { hits: 0, trials: 9 }, { hits: 0, trials: 9 }), chanceOf(0, { hits: 9, trials: 9 }, { hits: 5, trials: 5 })]).toEqual([1, 1]);
  });
});

describe('the upper tail of the normal distribution', () => {
  /* scipy.stats.norm.sf(z), scipy 1.17.1 */
  test.each([
    [0, 0.5], [0.5, 0.3085375387259869], [1, 0.15865525393145707], [1.6448536269514722, 0.05], [2.3263478740408408, 0.01],
    [3, 0.0013498980316300933], [4, 3.167124183311986e-5], [5, 2.866515718791933e-7], [-1, 0.8413447460685429],
  ])('at %d is %d', (z, p) => expect(Math.abs(upperTail(z) - p)).toBeLessThan(7.5e-8));

  test('falls', () => {
    const z = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(fc.property(z, z, (a, b) => expect(upperTail(Math.min(a, b))).toBeGreaterThanOrEqual(upperTail(Math.max(a, b)) - 1.5e-7)));
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { logGamma, upperGamma } from './gamma.ts';

describe('the upper incomplete gamma function', () => {
  /* scipy.special.gammaincc(a, x), scipy 1.17.1 */
  test.each([
    [0.5, 0.5, 0.31731050786291115], [0.5, 20, 2.5396285894708634e-10], [2.5, 3, 0.30621891841327875], [10, 5, 0.9681719426937951],
    [64, 40, 0.9997134337253346], [64, 100, 4.872583660281225e-5], [50, 500, 2.3060767380354624e-148],
  ])('of %d at %d is what scipy says', (a, x, expected) => expect(Math.abs(upperGamma(a, x) / expected - 1)).toBeLessThan(1e-11));

  test('is 1 at 0 and 0 far away', () => expect([upperGamma(3, 0), upperGamma(3, 1e6), upperGamma(3, Infinity)]).toEqual([1, 0, 0]));

  test('of whole numbers is the chance of fewer events than that in a Poisson process', () => {
    const poisson = (a: number, x: number): number => Array.from({ length: a }, (_, k) => Math.exp(k * Math.log(x) - x - logGamma(k + 1))).reduce((sum, p) => sum + p, 0);
    fc.assert(fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0.01, max: 200, noNaN: true }), (a, x) => {
      expect(upperGamma(a, x)).toBeCloseTo(poisson(a, x), 11);
    }));
  });
});

describe('the logarithm of the gamma function', () => {
  /* scipy.special.gammaln, scipy 1.17.1 */
  test.each([[0.1, 2.252712651734206], [0.5, 0.5723649429247], [1, 0], [2, 0], [3.5, 1.2009736023470743], [64, 201.00931639928152], [1_000, 5905.220423209181]])(
    'at %d is %d', (value, expected) => expect(Math.abs(logGamma(value) - expected)).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected))),
  );
});

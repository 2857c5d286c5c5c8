import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { corrections } from './adjust.ts';

const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

test.each([
  /* scipy.stats.false_discovery_control(p, method='bh'), scipy 1.17.1 */
  ['BenjaminiHochberg' as const, [0.01, 0.04, 0.03, 0.005, 0.5], [0.025, 0.05, 0.05, 0.025, 0.5]],
  ['Bonferroni' as const, [0.01, 0.04, 0.03, 0.005, 0.5], [0.05, 0.2, 0.15, 0.025, 1]],
  ['None' as const, [0.01, 0.5], [0.01, 0.5]],
])('%s corrects as it is known to', (name, given, expected) => {
  corrections[name](given).forEach((p, at) => expect(p).toBeCloseTo(expected[at]!, 12));
});

describe('Benjamini-Hochberg', () => {
  test('rejects what the step-up procedure rejects', () => {
    fc.assert(fc.property(chances, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (p, alpha) => {
      const sorted = p.toSorted((a, b) => a - b);
      const last = sorted.findLastIndex((chance, at) => chance * p.length / (at + 1) <= alpha);
      const limit = last === -1 ? -1 : sorted[last]!;
      expect(corrections.BenjaminiHochberg(p).map((adjusted) => adjusted <= alpha)).toEqual(p.map((chance) => chance <= limit));
    }));
  });

  test('never finds less than Bonferroni, and never more than no correction', () => {
    fc.assert(fc.property(chances, (p) => {
      const strict = corrections.Bonferroni(p);
      corrections.BenjaminiHochberg(p).forEach((adjusted, at) => {
        expect(adjusted).toBeLessThanOrEqual(strict[at]! + 1e-15);
        expect(adjusted).toBeGreaterThanOrEqual(p[at]! - 1e-15);
      });
    }));
  });
});

import { chiSquare } from './chi-square.ts';
import { total } from './counts.ts';
import type { Method } from './method.ts';

/**
 * The Jensen-Shannon distance of two distributions over common cells: the square root of the mean Kullback-Leibler
 * divergence from their mixture. With the natural logarithm, so it lies between 0 and sqrt(ln 2) = 0.833; with base 2, as
 * some tools have it, every value would be 1.201 times as large.
 */
export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  const [n, m] = [total(a), total(b)];
  if (n === 0 || m === 0) return 0;
  const divergence = a.reduce((sum, count, cell) => {
    const [p, q] = [count / n, (b[cell] ?? 0) / m];
    const mixture = (p + q) / 2;
    return sum + relativeEntropy(p, mixture) + relativeEntropy(q, mixture);
  }, 0);
  // Rounding can leave a sum of zeros a little below zero.
  return Math.sqrt(Math.max(0, divergence) / 2);
}

function relativeEntropy(p: number, mixture: number): number {
  return p === 0 ? 0 : p * Math.log(p / mixture);
}

/** The distance has no law of its own that is exact for few values; the chi-square test asks the same question and has. */
export const JensenShannon: Method = {
  distance: ({ baseline, window }) => jensenShannon(baseline, window),
  chance: ({ baseline, window }) => chiSquare(baseline, window).p,
  usual: ({ q99 }) => q99,
};

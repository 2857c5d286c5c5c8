import { total } from './counts.ts';
import type { Method } from './method.ts';

/** What a statistic of the values lies between, as far as counts in cells can tell. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

const nothingKnown: Bounds = { lower: 0, upper: 1 };
/** Below this the p-value differs from 1 by less than a number can show, and the series needs ever more terms. */
const smallestLambda = 0.2;
const negligible = 1e-17;

/**
 * The two-sample Kolmogorov-Smirnov statistic, the largest distance between two empirical distribution functions, of
 * values counted in common cells. At the ends of cells both functions are known, which gives the lower bound. Within a
 * cell each may take any value between its ends, which gives the upper one; a point cell has no inside. So ties are exact
 * where every repeated value has a cell of its own, and the bounds are never further apart than the fullest other cell.
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[], points: readonly boolean[]): Bounds {
  const [n, m] = [total(a), total(b)];
  if (n === 0 || m === 0) return nothingKnown;
  let [lower, upper] = [0, 0];
  let [sumA, sumB] = [0, 0];
  a.forEach((count, cell) => {
    const [beforeA, beforeB] = [sumA / n, sumB / m];
    sumA += count;
    sumB += b[cell] ?? 0;
    const [afterA, afterB] = [sumA / n, sumB / m];
    lower = Math.max(lower, Math.abs(afterA - afterB));
    if (points[cell] !== true) upper = Math.max(upper, afterA - beforeB, afterB - beforeA);
  });
  return { lower, upper: Math.max(lower, upper) };
}

/**
 * How often two samples of `n` and `m` independent values of one distribution lie at least `d` apart: Kolmogorov's
 * asymptotic series with the correction for finite samples of M. A. Stephens, Journal of the Royal Statistical Society B 32
 * (1970), as in Numerical Recipes, 14.3. The effective size is n m / (n + m). Where that is whole and at least 25, the result
 * is off from the law that scipy computes (kstwo, which rounds the size) by at most 1.2e-4 while the p-value is below 0.05, and
 * by at most 0.02 elsewhere.
 */
export function kolmogorovSmirnovTail(d: number, n: number, m: number): number {
  if (n === 0 || m === 0) return 1;
  const root = Math.sqrt((n * m) / (n + m));
  const lambda = (root + 0.12 + 0.11 / root) * d;
  if (lambda < smallestLambda) return 1;
  let sum = 0;
  for (let k = 1, sign = 1; ; k += 1, sign = -sign) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += sign * term;
    if (term < negligible) return Math.min(1, Math.max(0, 2 * sum));
  }
}

/** Normal data stays within three standard deviations of what its own chunks come to. */
const usualDeviations = 3;

export const KolmogorovSmirnov: Method = {
  distance: ({ baseline, window, points }) => kolmogorovSmirnov(baseline, window, points).lower,
  chance(samples) {
    return kolmogorovSmirnovTail(this.distance(samples), total(samples.window), total(samples.baseline));
  },
  usual: ({ mean, sd }) => mean + usualDeviations * sd,
};

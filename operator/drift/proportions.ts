/** A share of trials, as it was counted. */
export interface Share {
  readonly hits: number;
  readonly trials: number;
}

/**
 * One-sided p-value of the two-proportion z-test with pooled variance: how often two equal versions would differ at
 * least this much.
 */
export function chanceOf(difference: number, a: Share, b: Share): number {
  const pooled = (a.hits + b.hits) / (a.trials + b.trials);
  const variance = pooled * (1 - pooled) * (1 / a.trials + 1 / b.trials);
  if (variance === 0) return difference > 0 ? 0 : 1;
  return upperTail(difference / Math.sqrt(variance));
}

/**
 * P(Z > z) of the standard normal distribution. Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17;
 * absolute error below 7.5e-8.
 */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  return density * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}

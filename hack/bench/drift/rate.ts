/** How many of how many. */
export interface Rate {
  readonly hits: number;
  readonly trials: number;
}

/** The normal quantile of a two-sided interval of 95 %. */
const z = 1.959963984540054;

/** The upper end of E. B. Wilson's 95 % interval of a share (Journal of the American Statistical Association 22, 1927). */
export function upperBound({ hits, trials }: Rate): number {
  const share = hits / trials;
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return (share + (z * z) / (2 * trials) + spread) / (1 + (z * z) / trials);
}

export function share({ hits, trials }: Rate): number {
  return hits / trials;
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(value < 0.1 ? 2 : 1)} %`;
}

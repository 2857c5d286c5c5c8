/**
 * Corrections of p-values of tests that are made together; one that is at most alpha afterwards counts. Bonferroni keeps the
 * chance of any false alarm below alpha; Benjamini-Hochberg the expected share of false ones among the alarms, which is
 * the same as long as nothing has changed, and finds more when much has (Journal of the Royal Statistical Society B 57, 1995).
 */
export const corrections = {
  BenjaminiHochberg: benjaminiHochberg,
  Bonferroni: (chances: readonly number[]): number[] => chances.map((p) => Math.min(1, p * chances.length)),
  None: (chances: readonly number[]): number[] => [...chances],
} as const;
export type Correction = keyof typeof corrections;

/** The k-th smallest of K is multiplied by K / k; none becomes larger than what a larger one becomes. */
function benjaminiHochberg(chances: readonly number[]): number[] {
  const adjusted = [...chances];
  let least = 1;
  const falling = chances.map((p, at) => ({ p, at })).sort((a, b) => b.p - a.p);
  falling.forEach(({ p, at }, larger) => {
    least = Math.min(least, (p * chances.length) / (chances.length - larger));
    adjusted[at] = least;
  });
  return adjusted;
}

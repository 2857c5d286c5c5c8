import type { Feature, NumericBins } from './format.ts';

type Moments = NonNullable<Extract<Feature, { type: 'Numeric' }>['moments']>;

/** What the values of a numeric column come to. */
export interface NumericSummary extends Pick<NumericBins, 'edges' | 'atoms'> {
  readonly moments?: Moments;
}

/** Takes the values of a column in increasing order. */
export interface SortedValues {
  add(value: number): void;
  summary(): NumericSummary;
}

const bins = 100;

/**
 * Chooses the cells of a column with `count` values: at its percentiles, of which each is the smallest value that so many
 * hundredths do not exceed, and at its ends. A value that has a hundredth of the rows to itself is an atom; it is always a
 * percentile or the largest value, so there are at most 101 edges. Nothing is kept but the result, whatever the count.
 */
export function sortedValues(count: number): SortedValues {
  const edges: number[] = [];
  const atoms: number[] = [];
  let value = Number.NaN;
  let before = 0;
  let seen = 0;
  let mean = 0;
  let m2 = 0;

  /** Ends the run of equal values: they are the ranks from before + 1 to seen. */
  const close = (): void => {
    if (seen === before) return;
    const isFirst = before === 0;
    const isAtom = isFirst || (seen - before) * bins >= count;
    const percentile = Math.min(bins - 1, Math.floor((bins * seen) / count));
    if (isFirst || isAtom || seen === count || percentile * count > bins * before) edges.push(value);
    if (isAtom) atoms.push(value);
    before = seen;
  };
  return {
    add(given) {
      // The two zeros are one value.
      const next = given + 0;
      if (next !== value) close();
      value = next;
      seen += 1;
      // Welford (1962): no sum of squares grows large and cancels.
      const delta = next - mean;
      mean += delta / seen;
      m2 += delta * (next - mean);
    },
    summary() {
      close();
      const [min] = edges;
      const max = edges.at(-1);
      return { edges, atoms, ...(min === undefined || max === undefined ? {} : { moments: { min, max, mean, m2 } }) };
    },
  };
}

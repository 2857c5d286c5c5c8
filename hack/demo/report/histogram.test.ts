import { describe, expect, test } from '@jest/globals';
import type { Bins } from '../../../operator/profile/format.ts';
import { bars } from './histogram.ts';

const counts = (...values: number[]): { missing: number; counts: number[] } => ({ missing: 0, counts: values });

describe('the histogram of a feature', () => {
  const amounts: Bins = { type: 'Numeric', name: 'amount', edges: [0, 2.5, 10], atoms: [0] };

  test.each<[string, Bins, [number[], number[]], [number, number, number, number][]]>([
    // Cells: below 0, {0}, (0, 1], {1}, (1, 3], above 3.
    ['gives a whole number a bar of its own', { type: 'Numeric', name: 'n', edges: [0, 1, 3], atoms: [0, 1] }, [[0, 2, 0, 4, 4, 0], [0, 10, 0, 0, 0, 0]],
      [[0, 1, 0.2, 1], [1, 2, 0.4, 0], [2, 3, 0.2, 0], [3, 4, 0.2, 0]]],
    ['shows a value that is the only one', { type: 'Numeric', name: 'n', edges: [7], atoms: [7] }, [[0, 5, 0], [0, 3, 0]], [[7, 8, 1, 1]]],
    ['has a bar for each category and one for all others', { type: 'Categorical', name: 'c', categories: ['app', 'web'] }, [[1, 3, 0], [0, 2, 2]],
      [[0, 1, 0.25, 0], [1, 2, 0.75, 0.5], [2, 3, 0, 0.5]]],
    ['is empty on the side that has no values', { type: 'Categorical', name: 'c', categories: ['app'] }, [[4, 0], [0, 0]], [[0, 1, 1, 0], [1, 2, 0, 0]]],
  ])('%s', (_name, bins, [baseline, window], expected) => {
    expect(bars(bins, counts(...baseline), counts(...window)).map((bar) => [bar.from, bar.to, bar.baseline, bar.window])).toEqual(expected);
  });

  test('spreads a cell evenly over the bars it covers, and loses nothing', () => {
    const drawn = bars(amounts, counts(0, 10, 30, 60, 0), counts(0, 0, 0, 100, 0));
    expect(drawn.length).toBeGreaterThan(15);
    expect(drawn.reduce((sum, bar) => sum + bar.baseline, 0)).toBeCloseTo(1);
    expect(drawn.reduce((sum, bar) => sum + bar.window, 0)).toBeCloseTo(1);
    expect(drawn.at(-1)?.window).toBeCloseTo(drawn.at(-2)?.window ?? NaN);
  });
});

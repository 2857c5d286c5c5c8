import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cellOf } from './cells.ts';
import type { NumericBins, WindowCounts } from './format.ts';
import { categoricalBins, numericBins, valueFor, windowFor } from './testing/arbitraries.ts';
import { emptyWindow, mergeWindows, noOutcomes } from './window.ts';

const features = fc.array(fc.oneof(numericBins, categoricalBins), { maxLength: 4 });
const windows = (count: number) => features.chain((bins) => fc.tuple(fc.constant(bins), fc.array(windowFor(bins), { minLength: count, maxLength: count })));

/** The rows of one numeric feature, counted one after the other. */
function counted(bins: NumericBins, values: readonly number[]): WindowCounts {
  const counts = emptyWindow([bins]).features[0]?.counts ?? [];
  for (const value of values) {
    const cell = cellOf(bins, value);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return { rows: values.length, features: [{ missing: 0, counts }], outcomes: noOutcomes };
}

describe('merging windows', () => {
  test('is the same as counting all rows in one pass', () => {
    const parts = numericBins.chain((bins) => fc.tuple(fc.constant(bins), fc.array(fc.array(valueFor(bins), { maxLength: 20 }), { maxLength: 5 })));
    fc.assert(fc.property(parts, ([bins, rows]) => {
      const merged = rows.map((part) => counted(bins, part)).reduce(mergeWindows, emptyWindow([bins]));
      expect(merged).toEqual(counted(bins, rows.flat()));
    }));
  });

  test('does not depend on the order', () => {
    fc.assert(fc.property(windows(2), ([, [a, b]]) => expect(mergeWindows(a!, b!)).toEqual(mergeWindows(b!, a!))));
  });

  test('does not depend on what is merged first', () => {
    fc.assert(fc.property(windows(3), ([, [a, b, c]]) => {
      expect(mergeWindows(mergeWindows(a!, b!), c!)).toEqual(mergeWindows(a!, mergeWindows(b!, c!)));
    }));
  });

  test('with an empty window changes nothing', () => {
    fc.assert(fc.property(windows(1), ([bins, [window]]) => expect(mergeWindows(window!, emptyWindow(bins))).toEqual(window)));
  });

  test.each([
    ['another number of features', [], 'windows of 1 and of 0 features cannot be merged: they belong to different profiles'],
    ['other cells', [{ type: 'Categorical' as const, name: 'channel', categories: [] }], 'counts in 2 and in 1 cells cannot be merged: they belong to different profiles'],
  ])('is refused with %s', (_name, other, message) => {
    const one = emptyWindow([{ type: 'Categorical', name: 'channel', categories: ['app'] }]);
    expect(() => mergeWindows(one, emptyWindow(other))).toThrow(message);
  });
});

import fc from 'fast-check';
import { cellCount } from '../cells.ts';
import type { Bins, CategoricalBins, FeatureCounts, NumericBins, WindowCounts } from '../format.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Cells of a numeric feature, drawn close enough together that values meet edges and atoms. */
export const numericBins: fc.Arbitrary<NumericBins> = fc
  .uniqueArray(fc.tuple(fc.oneof(fc.integer({ min: -20, max: 20 }), finite), fc.boolean()), { selector: ([edge]) => edge, comparator: 'SameValueZero', maxLength: 12 })
  .map((drawn) => drawn.sort(([a], [b]) => a - b))
  .map((drawn) => ({
    type: 'Numeric',
    name: 'amount',
    edges: drawn.map(([edge]) => edge),
    atoms: drawn.filter(([, atom]) => atom).map(([edge]) => edge),
  }));

export const categoricalBins: fc.Arbitrary<CategoricalBins> = fc
  .uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 6 })
  .map((categories) => ({ type: 'Categorical', name: 'channel', categories }));

/** A value that is an edge, next to one, or anywhere. */
export const valueFor = ({ edges }: NumericBins): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: -25, max: 25 }), finite, fc.constantFrom(0, ...edges));

const count = fc.integer({ min: 0, max: 1_000_000 });

export const countsFor = (bins: Bins): fc.Arbitrary<FeatureCounts> =>
  fc.record({ missing: count, counts: fc.array(count, { minLength: cellCount(bins), maxLength: cellCount(bins) }) });

export const windowFor = (features: readonly Bins[]): fc.Arbitrary<WindowCounts> =>
  fc.record({
    rows: count,
    features: fc.tuple(...features.map(countsFor)),
    outcomes: fc.record({ truePositive: count, falsePositive: count, falseNegative: count, trueNegative: count, wrong: count }),
  });

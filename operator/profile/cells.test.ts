import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { binsOf, categoryCells, cellCount, cellOf, pointCells } from './cells.ts';
import type { Feature, NumericBins } from './format.ts';
import { categoricalBins, numericBins, valueFor } from './testing/arbitraries.ts';

const bins: NumericBins = { type: 'Numeric', name: 'amount', edges: [0, 10, 20], atoms: [0, 20] };

/** The cells as format.ts describes them, one predicate each. */
function described({ edges, atoms }: NumericBins): ((value: number) => boolean)[] {
  const isAtom = new Set(atoms);
  return [
    ...edges.flatMap((edge, at) => {
      const before = edges[at - 1] ?? -Infinity;
      return isAtom.has(edge)
        ? [(value: number) => value > before && value < edge, (value: number) => value === edge]
        : [(value: number) => value > before && value <= edge];
    }),
    (value) => value > (edges.at(-1) ?? -Infinity),
  ];
}

describe('a value of a numeric feature', () => {
  test.each([
    ['below the first edge lies in the first cell', -1, 0],
    ['that is an atom has a cell of its own', 0, 1],
    ['that is minus zero is zero', -0, 1],
    ['between two edges lies between them', 5, 2],
    ['that is an edge but no atom lies on the left of it', 10, 2],
    ['just above an edge lies on the right of it', 10.000001, 3],
    ['that is the last edge and an atom has a cell of its own', 20, 4],
    ['above the last edge lies in the last cell', 21, 5],
  ])('%s', (_name, value, cell) => expect(cellOf(bins, value)).toBe(cell));

  test('has one cell and no other', () => {
    fc.assert(fc.property(numericBins.chain((drawn) => fc.tuple(fc.constant(drawn), valueFor(drawn))), ([drawn, value]) => {
      const holding = described(drawn).flatMap((holds, cell) => (holds(value) ? [cell] : []));
      expect(holding).toEqual([cellOf(drawn, value)]);
      expect(described(drawn)).toHaveLength(cellCount(drawn));
    }));
  });

  test('never lies in a lower cell than a smaller value', () => {
    fc.assert(fc.property(numericBins.chain((drawn) => fc.tuple(fc.constant(drawn), valueFor(drawn), valueFor(drawn))), ([drawn, a, b]) => {
      expect(cellOf(drawn, Math.min(a, b))).toBeLessThanOrEqual(cellOf(drawn, Math.max(a, b)));
    }));
  });

  test('equals every other value of a point cell', () => {
    fc.assert(fc.property(numericBins.chain((drawn) => fc.tuple(fc.constant(drawn), valueFor(drawn))), ([drawn, value]) => {
      expect(pointCells(drawn)).toHaveLength(cellCount(drawn));
      expect(pointCells(drawn)[cellOf(drawn, value)]).toBe(drawn.atoms.some((atom) => atom === value));
    }));
  });
});

describe('a value of a categorical feature', () => {
  test('lies in the cell of its category, or in the last', () => {
    fc.assert(fc.property(categoricalBins, fc.string(), (drawn, other) => {
      const cell = categoryCells(drawn);
      expect(drawn.categories.map(cell)).toEqual(drawn.categories.map((_, at) => at));
      fc.pre(!drawn.categories.includes(other));
      expect(cell(other)).toBe(cellCount(drawn) - 1);
    }));
  });

  test('equals every other value of its cell, but for the last cell', () => {
    expect(pointCells({ type: 'Categorical', name: 'channel', categories: ['app', 'web'] })).toEqual([true, true, false]);
  });

  test('may be named as what every object has', () => {
    expect(categoryCells({ type: 'Categorical', name: 'channel', categories: ['app'] })('constructor')).toBe(1);
  });
});

test.each<[Feature]>([
  [{ ...bins, count: 10, missing: 0, counts: [0, 1, 2, 3, 4, 0], null: [] }],
  [{ type: 'Categorical', name: 'channel', categories: ['app', 'web'], count: 3, missing: 0, counts: [1, 2, 0], null: [] }],
])('the cells of a feature say nothing of its counts', (feature) => {
  expect(Object.keys(binsOf(feature))).not.toContain('counts');
  expect(feature).toMatchObject(binsOf(feature));
});

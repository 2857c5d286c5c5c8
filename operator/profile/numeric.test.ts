import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sortedValues, type NumericSummary } from './numeric.ts';

function summaryOf(values: readonly number[]): NumericSummary {
  const sorted = sortedValues(values.length);
  for (const value of values.toSorted((a, b) => a - b)) sorted.add(value);
  return sorted.summary();
}

/** A few values many times, or many values few times. */
const columns = fc.oneof(
  fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 500 }),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { maxLength: 500 }),
  fc.array(fc.oneof(fc.constant(0), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1 })), { minLength: 150, maxLength: 400 }),
);

describe('the cells of a column', () => {
  test.each<[string, number[], number[], number[]]>([
    ['there are none without values', [], [], []],
    ['a constant is one atom', [7, 7, 7], [7], [7]],
    ['values of a small column are all atoms', [3, 1, 2, 1], [1, 2, 3], [1, 2, 3]],
    ['the two zeros are one value', [0, -0, 1], [0, 1], [0, 1]],
  ])('%s', (_name, values, edges, atoms) => expect(summaryOf(values)).toMatchObject({ edges, atoms }));

  test('lie at the percentiles of a large one, and only the smallest value and frequent ones are atoms', () => {
    const values = [...Array.from({ length: 990 }, (_, n) => n), ...Array.from({ length: 10 }, () => 2_000)];
    const { edges, atoms } = summaryOf(values);
    expect(edges).toEqual([0, ...Array.from({ length: 99 }, (_, k) => 10 * (k + 1) - 1), 2_000]);
    expect(atoms).toEqual([0, 2_000]);
  });

  test('are those that the definition gives', () => {
    fc.assert(fc.property(columns, (given) => {
      const values = given.map((value) => value + 0).sort((a, b) => a - b);
      const percentiles = values.length === 0 ? [] : Array.from({ length: 99 }, (_, k) => values[Math.ceil(((k + 1) * values.length) / 100) - 1]);
      const counts = new Map<number, number>();
      for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
      const ends = values.length === 0 ? [] : [values[0], values.at(-1)];
      const { edges, atoms } = summaryOf(given);
      expect(edges).toEqual([...new Set([...percentiles, ...ends])].sort((a, b) => Number(a) - Number(b)));
      expect(atoms).toEqual([...counts].filter(([value, count]) => value === values[0] || count * 100 >= values.length).map(([value]) => value));
      expect(edges).toEqual(expect.arrayContaining(atoms));
      expect(edges.length).toBeLessThanOrEqual(101);
    }));
  });
});

describe('the moments of a column', () => {
  test('are undefined without values', () => expect(summaryOf([]).moments).toBeUndefined());

  test.each<[number[], object]>([
    [[2], { min: 2, max: 2, mean: 2, m2: 0 }],
    [[4, 2, 6], { min: 2, max: 6, mean: 4, m2: 8 }],
  ])('of %j', (values, moments) => expect(summaryOf(values).moments).toEqual(moments));

  test('lose no digits far from zero', () => {
    const { mean = 0, m2 = 0 } = summaryOf([1, 2, 3].map((value) => 1e9 + value)).moments ?? {};
    expect([mean, m2]).toEqual([1e9 + 2, 2]);
  });
});

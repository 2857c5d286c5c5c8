import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chunkCounter } from './chunks.ts';

const bins = { type: 'Categorical' as const, name: 'kind', categories: ['a'] };

test('rows are counted in the order of time', () => {
  const counter = chunkCounter(bins, 5, 2);
  for (const cell of [0, 0, undefined, 1, 1]) counter.add(cell);
  expect(counter.chunks).toEqual([{ missing: 1, counts: [2, 0] }, { missing: 0, counts: [0, 2] }]);
});

test('chunks differ by one row at most, and hold every row', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }), (rows, chunks) => {
    const counter = chunkCounter(bins, rows, chunks);
    for (let row = 0; row < rows; row += 1) counter.add(0);
    const sizes = counter.chunks.map(({ counts }) => counts[0] ?? 0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }));
});

test('more rows than were announced are refused', () => {
  const counter = chunkCounter(bins, 1, 1);
  counter.add(0);
  expect(() => counter.add(0)).toThrow('more than 1 rows');
});

import { expect, test } from '@jest/globals';
import { rowsOf } from './timeline.ts';

test('marks that would touch lie in different rows, and a row is used again as soon as it is free', () => {
  expect(rowsOf([100, 105, 110, 127, 200])).toEqual([
    { place: 100, row: 0 }, { place: 105, row: 1 }, { place: 110, row: 2 }, { place: 127, row: 0 }, { place: 200, row: 0 },
  ]);
});

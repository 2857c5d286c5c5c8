import { describe, expect, test } from '@jest/globals';
import { percentile, summary } from './statistics.ts';

describe('a percentile', () => {
  test.each<[string, number[], number, number]>([
    ['of one value is that value', [7], 99, 7],
    ['lies in the middle of an odd number', [9, 1, 5], 50, 5],
    ['lies between the two in the middle of an even number', [4, 1, 2, 3], 50, 2.5],
    ['lies on the line between its neighbours', [0, 10], 99, 9.9],
    ['of 100 is the largest', [3, 8, 2], 100, 8],
  ])('%s', (_name, values, percent, expected) => expect(percentile(values, percent)).toBeCloseTo(expected));

  test('of nothing is no number', () => expect(percentile([], 50)).toBeNaN());
});

test('a summary says what lies in the middle and how far apart the ends are, and leaves the values in their order', () => {
  const values = [30, 10, 20];
  expect(summary(values)).toEqual({ median: 20, min: 10, max: 30 });
  expect(values).toEqual([30, 10, 20]);
});

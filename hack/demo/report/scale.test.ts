import { describe, expect, test } from '@jest/globals';
import { scale, ticks } from './scale.ts';

describe('ticks', () => {
  test.each<[string, [number, number], number, number[]]>([
    ['are round', [0, 1], 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    ['lie within the domain', [3, 61], 3, [20, 40, 60]],
    ['may be below zero', [-0.05, 0.1], 3, [-0.05, 0, 0.05, 0.1]],
    ['are one where there is nothing to part', [4, 4], 5, [4]],
  ])('%s', (_name, domain, count, expected) => expect(ticks(domain, count)).toEqual(expected));
});

test('a scale maps a domain onto a range, downwards as well', () => {
  const place = scale([10, 20], [300, 100]);
  expect([10, 15, 20].map(place)).toEqual([300, 200, 100]);
});

import { expect, test } from '@jest/globals';
import { between, normal, random, shuffled, stream } from './random.ts';

const draws = 20_000;

test('a seed gives the same numbers again, and another seed others', () => {
  const drawn = (seed: number): number[] => Array.from({ length: 5 }, random(seed));
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)).not.toEqual(drawn(2));
});

test('streams of a seed are not alike, and those of one name are', () => {
  const drawn = (name: string): number[] => Array.from({ length: 5 }, stream(1, name));
  expect(drawn('a')).toEqual(drawn('a'));
  expect(drawn('a')).not.toEqual(drawn('b'));
});

test('whole numbers reach both ends and go no further', () => {
  const draw = random(1);
  expect(new Set(Array.from({ length: 1_000 }, () => between(draw, 3, 5)))).toEqual(new Set([3, 4, 5]));
});

test('a shuffled list has the same members, in another order, and the one before is left as it was', () => {
  const all = Array.from({ length: 50 }, (_, at) => at);
  const mixed = shuffled(all, random(1));
  expect(mixed).not.toEqual(all);
  expect(mixed.toSorted((a, b) => a - b)).toEqual(all);
});

test('uniform numbers lie evenly between 0 and 1', () => {
  const uniform = random(1);
  const tenths = new Array<number>(10).fill(0);
  for (let i = 0; i < draws; i += 1) tenths[Math.floor(uniform() * 10)]! += 1;
  for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
});

test('normal numbers have mean 0, standard deviation 1 and the tails of the normal law', () => {
  const values = Array.from({ length: draws }, normal(random(1)));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
  expect(Math.abs(values.filter((value) => value > 1.6448536).length / values.length - 0.05)).toBeLessThan(0.006);
});

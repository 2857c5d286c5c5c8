import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Bins, FeatureCounts } from '../profile/format.ts';
import { nullLaws } from './null.ts';

const numeric: Bins = { type: 'Numeric', name: 'amount', edges: [0, 1], atoms: [0] };
const categorical: Bins = { type: 'Categorical', name: 'channel', categories: ['app', 'web'] };
const chunk = (...counts: number[]): FeatureCounts => ({ missing: 0, counts });
const times = (count: number, of: (at: number) => FeatureCounts): FeatureCounts[] => Array.from({ length: count }, (_, at) => of(at));

describe('the laws of a baseline', () => {
  test('are those of forty chunks, of twenty and of ten, by size', () => {
    expect(nullLaws(numeric, times(40, () => chunk(0, 0, 250, 0))).map(({ rows, chunks }) => [rows, chunks])).toEqual([[250, 40], [500, 20], [1_000, 10]]);
  });

  test('leave out chunks of fewer than 200 values', () => {
    expect(nullLaws(numeric, times(40, () => chunk(0, 0, 100, 0))).map(({ rows }) => rows)).toEqual([200, 400]);
    expect(nullLaws(numeric, times(40, () => chunk(0, 0, 10, 0)))).toEqual([]);
  });

  test('count the values, not the rows that have none', () => {
    expect(nullLaws(numeric, times(40, () => ({ missing: 500, counts: [0, 0, 250, 0] }))).map(({ rows }) => rows)).toEqual([250, 500, 1_000]);
  });

  test('say nothing of a single chunk', () => {
    expect(nullLaws(numeric, [chunk(0, 0, 900, 0)])).toEqual([]);
    expect(nullLaws(numeric, [])).toEqual([]);
  });

  test('are nil when all chunks are alike', () => {
    for (const law of nullLaws(categorical, times(40, () => chunk(200, 90, 10)))) expect(law).toMatchObject({ mean: 0, sd: 0, q99: 0 });
  });

  test('compare each chunk with all others', () => {
    const laws = nullLaws(numeric, [chunk(0, 0, 300, 0), chunk(0, 0, 300, 0), chunk(0, 300, 0, 0), chunk(0, 300, 0, 0)]);
    // One chunk against three of which one is alike: 2/3. Two against two that have nothing in common: 1.
    expect(laws).toHaveLength(2);
    expect(laws[0]!.mean).toBeCloseTo(2 / 3, 12);
    expect(laws[0]!.sd).toBeCloseTo(0, 12);
    expect(laws[1]).toMatchObject({ rows: 600, chunks: 2, mean: 1, sd: 0, q99: 1 });
  });

  test('show what lies near in time and is alike: longer runs make larger distances', () => {
    const alternating = times(40, (at) => (at % 2 === 0 ? chunk(0, 300, 0, 0) : chunk(0, 0, 300, 0)));
    const inRuns = times(40, (at) => (at % 20 < 10 ? chunk(0, 300, 0, 0) : chunk(0, 0, 300, 0)));
    const coarsest = (chunks: FeatureCounts[]): number => nullLaws(numeric, chunks).at(-1)!.mean;
    expect(coarsest(alternating)).toBeCloseTo(0, 12);
    expect(coarsest(inRuns)).toBeGreaterThan(0.4);
  });

  test('have a quantile between the mean and the largest distance', () => {
    const chunks = fc.array(fc.array(fc.nat(400), { minLength: 3, maxLength: 3 }).map((counts) => chunk(200 + counts[0]!, counts[1]!, counts[2]!)), { minLength: 2, maxLength: 40 });
    fc.assert(fc.property(chunks, (drawn) => {
      for (const { mean, q99, sd } of nullLaws(categorical, drawn)) {
        expect(q99).toBeGreaterThanOrEqual(mean - 1e-12);
        expect(q99).toBeLessThanOrEqual(1);
        expect(sd).toBeGreaterThanOrEqual(0);
      }
    }));
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Feature, NullLaw, Profile, WindowCounts } from '../profile/format.ts';
import { noOutcomes } from '../profile/window.ts';
import { judgeDataDrift, type DataDriftRule } from './judge-data.ts';

const rule: DataDriftRule = {
  minSamples: 500,
  numeric: { method: 'KolmogorovSmirnov', threshold: 0.1 },
  categorical: { method: 'JensenShannon', threshold: 0.1 },
  alpha: 0.01,
  correction: 'BenjaminiHochberg',
};

/** A baseline of 10,000 rows, half of them in each of two cells. */
const numeric = (name: string, changes: Partial<Feature & { type: 'Numeric' }> = {}): Feature =>
  ({ type: 'Numeric', name, edges: [0, 5, 9], atoms: [0], count: 10_000, missing: 0, counts: [0, 0, 5_000, 5_000, 0], null: [], ...changes });
const categorical = (name: string, laws: NullLaw[] = []): Feature =>
  ({ type: 'Categorical', name, categories: ['app', 'web'], count: 10_000, missing: 0, counts: [6_000, 4_000, 0], null: laws });
const profile = (...features: Feature[]): Profile => ({ schemaVersion: 1, rows: 10_000, features });

/** As many rows; each feature has the given share of them in its upper half, or in its second category. */
const window = (of: Profile, rows: number, ...shares: number[]): WindowCounts => ({
  rows,
  features: of.features.map((feature, at) => {
    const upper = Math.round(rows * (shares[at] ?? 0.5));
    return { missing: 0, counts: feature.type === 'Numeric' ? [0, 0, rows - upper, upper, 0] : [rows - upper, upper, 0] };
  }),
  outcomes: noOutcomes,
});
const empty = (of: Profile, rows: number): WindowCounts => ({
  rows, features: of.features.map(({ counts }) => ({ missing: rows, counts: counts.map(() => 0) })), outcomes: noOutcomes,
});

const one = profile(numeric('amount'));
const law = (rows: number, changes: Partial<NullLaw> = {}): NullLaw => ({ rows, chunks: 10, mean: 0.02, sd: 0.01, q99: 0.05, ...changes });

describe('a window', () => {
  test.each<[string, Profile, WindowCounts, Partial<DataDriftRule>, object]>([
    ['is OK when it looks like the baseline', one, window(one, 3_012, 0.51), {},
      { state: 'OK', threshold: 0.1, samples: 3_012, missing: [], message: 'no drift in 1 feature; 3,012 rows; amount differs most, by 0.01 (limit 0.10)' }],
    ['is breached when a feature differs by more than the threshold', one, window(one, 3_000, 0.71), {},
      { state: 'Breached', threshold: 0.1, samples: 3_000, message: 'amount differs by 0.21 (limit 0.10), the only one of 1 feature; 3,000 rows' }],
    ['is OK when it differs surely but by little', one, window(one, 1_000_000, 0.59), {}, { state: 'OK' }],
    ['is OK when it differs by much but perhaps by chance', one, window(one, 200, 0.63), { minSamples: 200, alpha: 0.001 }, { state: 'OK' }],
    ['has no data before the first row', one, window(one, 0), {}, { state: 'NoData', samples: 0, threshold: 0.1, message: 'no rows yet' }],
    ['is too small with fewer rows than are asked for', one, window(one, 499, 1), {}, { state: 'InsufficientData', samples: 499, message: '499 of 500 rows' }],
    ['is too small when no feature has as many values', one, { ...window(one, 499, 1), rows: 5_000 }, {},
      { state: 'InsufficientData', message: 'no feature has 500 values in 5,000 rows' }],
    ['lacks a feature that has no value in any row', one, empty(one, 500), {},
      { state: 'InsufficientData', reason: 'FeatureMissing', missing: ['amount'], message: 'amount has no value in 500 rows, but had some in the baseline' }],
    ['cannot be compared when it was counted in other cells', one, window(profile(categorical('amount')), 3_000), {}, { state: 'Error', reason: 'ProfileMismatch' }],
    ['cannot be compared when it has other features', one, window(profile(), 3_000), {}, { state: 'Error', reason: 'ProfileMismatch' }],
    ['cannot be compared with a baseline that has no features', profile(), window(profile(), 3_000), {}, { state: 'Error', reason: 'NoBaseline' }],
    ['cannot be compared with a baseline that has no values', profile(numeric('amount', { count: 0, missing: 9, counts: [0, 0, 0, 0, 0] })), window(one, 3_000), {}, { state: 'Error', reason: 'NoBaseline' }],
  ])('%s', (_name, ...[baseline, seen, changes, expected]) => expect(judgeDataDrift(baseline, seen, { ...rule, ...changes })).toMatchObject(expected));

  test('names the five that differ most, and counts the rest', () => {
    const many = profile(...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => numeric(name)));
    const result = judgeDataDrift(many, window(many, 3_000, 0.5, 0.65, 0.7, 0.95, 0.75, 0.8, 0.9), rule);
    expect(result.worst.map(({ feature }) => feature)).toEqual(['d', 'g', 'f', 'e', 'c']);
    expect(result).toMatchObject({ state: 'Breached', threshold: 0.1, message: 'd differs by 0.45 (limit 0.10), and 5 more of 7 features; 3,000 rows' });
    expect(result.value).toBeCloseTo(0.45, 10);
  });

  test('shows a feature that has drifted before one that is only further away', () => {
    const two = profile(numeric('often'), numeric('rare', { count: 40, counts: [0, 0, 20, 20, 0] }));
    expect(judgeDataDrift(two, window(two, 3_000, 0.62, 0.64), rule).worst.map(({ feature }) => feature)).toEqual(['often', 'rare']);
  });

  test('is judged by its categories', () => {
    const channels = profile(categorical('channel'));
    expect(judgeDataDrift(channels, window(channels, 3_000, 0.4), rule)).toMatchObject({ state: 'OK', value: 0 });
    expect(judgeDataDrift(channels, window(channels, 3_000, 0.65), rule)).toMatchObject({ state: 'Breached', worst: [{ feature: 'channel' }] });
  });

  test('is judged by the features it has while one has too few values', () => {
    const two = profile(numeric('rare', { count: 500, missing: 9_500, counts: [0, 0, 250, 250, 0] }), numeric('amount'));
    const seen = window(two, 3_000, 0.9, 0.8);
    const features = [{ missing: 2_980, counts: [0, 0, 2, 18, 0] }, ...seen.features.slice(1)];
    expect(judgeDataDrift(two, { ...seen, features }, rule)).toMatchObject({ state: 'Breached', worst: [{ feature: 'amount' }] });
  });

  test('does not lack a feature that seldom has a value', () => {
    const two = profile(numeric('rare', { count: 10, missing: 9_990, counts: [0, 0, 5, 5, 0] }), numeric('amount'));
    const seen = window(two, 3_000);
    expect(judgeDataDrift(two, { ...seen, features: [{ missing: 3_000, counts: [0, 0, 0, 0, 0] }, ...seen.features.slice(1)] }, rule)).toMatchObject({ state: 'OK', missing: [] });
  });

  test('that lacks a feature is not judged by the others', () => {
    const two = profile(numeric('amount'), numeric('hour'));
    const seen = window(two, 3_000, 0.9);
    const lacking = { ...seen, features: [...seen.features.slice(0, 1), { missing: 3_000, counts: [0, 0, 0, 0, 0] }] };
    expect(judgeDataDrift(two, lacking, rule)).toMatchObject({ state: 'InsufficientData', reason: 'FeatureMissing', missing: ['hour'] });
  });

  test('has a message of bounded length, whatever its features are called', () => {
    const two = profile(numeric('x'.repeat(256)), numeric('y'.repeat(256)));
    for (const seen of [window(two, 3_000, 0.9, 0.9), window(two, 3_000), empty(two, 3_000)]) expect(judgeDataDrift(two, seen, rule).message.length).toBeLessThanOrEqual(256);
  });
});

describe('what is usual in the baseline', () => {
  const differing = (laws: NullLaw[], rows = 3_000): object => {
    const of = profile(numeric('amount', { null: laws }));
    return judgeDataDrift(of, window(of, rows, 0.65), rule);
  };

  test('is no drift: three standard deviations above the mean of its chunks', () => {
    expect(differing([law(1_000, { mean: 0.1, sd: 0.02 })])).toMatchObject({ state: 'OK', threshold: 0.16 });
    expect(differing([law(1_000, { mean: 0.1, sd: 0.01 })])).toMatchObject({ state: 'Breached', threshold: 0.13 });
  });

  test('may be far above the mean of few chunks: four deviations of ten are p = 0.002, and nothing among thirty features', () => {
    const laws = [law(1_000, { mean: 0.05, sd: 0.025 })];
    const many = profile(numeric('amount', { null: laws }), ...Array.from({ length: 29 }, (_, at) => numeric(`feature-${at}`)));
    expect(differing(laws)).toMatchObject({ state: 'Breached', threshold: 0.125 });
    expect(judgeDataDrift(many, window(many, 3_000, 0.65), rule)).toMatchObject({ state: 'OK' });
    expect(judgeDataDrift(many, window(many, 3_000, 0.8), rule)).toMatchObject({ state: 'Breached' });
  });

  test('does not lower the threshold', () => expect(differing([law(1_000)])).toMatchObject({ state: 'Breached', threshold: 0.1 }));

  test('is that of the largest chunks no larger than the window, or of the smallest', () => {
    const laws = [law(250, { mean: 0.2, sd: 0 }), law(1_000, { mean: 0.11, sd: 0 }), law(500, { mean: 0.12, sd: 0 })];
    expect(differing(laws)).toMatchObject({ threshold: 0.11 });
    expect(differing(laws, 999)).toMatchObject({ threshold: 0.12 });
    expect(differing([law(5_000, { mean: 0.3, sd: 0 })])).toMatchObject({ state: 'OK', threshold: 0.3 });
  });

  test('of categories is the quantile of their chunks', () => {
    const of = profile(categorical('channel', [law(1_000, { q99: 0.3 })]));
    expect(judgeDataDrift(of, window(of, 3_000, 0.65), rule)).toMatchObject({ state: 'OK', threshold: 0.3 });
  });
});

describe('while an episode lasts', () => {
  test.each([
    ['is still drifted a little below its threshold', 0.59, 'Breached'],
    ['is well again below four fifths of it', 0.57, 'OK'],
  ])('a feature %s', (_name, share, state) => {
    expect(judgeDataDrift(one, window(one, 3_000, share), rule).state).toBe('OK');
    const lasting = judgeDataDrift(one, window(one, 3_000, share), { ...rule, wasBreached: true });
    expect(lasting.state).toBe(state);
    expect(lasting.threshold).toBeCloseTo(0.08, 12);
  });
});

describe('many features', () => {
  const thirty = profile(...Array.from({ length: 30 }, (_, at) => numeric(`feature-${at}`)));
  const differing = (correction: DataDriftRule['correction']): string =>
    judgeDataDrift(thirty, window(thirty, 200, 0.62), { ...rule, minSamples: 200, correction }).state;

  test('make one difference less convincing: p = 0.007 is nothing among thirty', () => {
    expect([differing('None'), differing('Bonferroni'), differing('BenjaminiHochberg')]).toEqual(['Breached', 'OK', 'OK']);
  });

  test('do not change what is found by the order in which they come', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 });
    fc.assert(fc.property(shares, (drawn) => {
      const forwards = judgeDataDrift(thirty, window(thirty, 1_000, ...drawn), rule);
      const reversed = judgeDataDrift(thirty, window(thirty, 1_000, ...drawn.toReversed()), rule);
      expect([reversed.state, reversed.value]).toEqual([forwards.state, forwards.value]);
    }));
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outcomes, Profile, WindowCounts } from '../profile/format.ts';
import { noOutcomes } from '../profile/window.ts';
import { judgePerformance, type PerformanceMetric, type PerformanceRule } from './judge-performance.ts';

const outcomes = (changes: Partial<Outcomes>): Outcomes => ({ ...noOutcomes, ...changes });
const profile = (of?: Outcomes): Profile => ({ schemaVersion: 1, rows: 1_000, features: [], ...(of && { outcomes: of }) });
const window = (of: Outcomes): WindowCounts => ({ rows: 1_000, features: [], outcomes: of });
const rule = (metric: PerformanceMetric, changes: Partial<PerformanceRule> = {}): PerformanceRule => ({ metric, maxDrop: 0.15, minLabels: 50, ...changes });
const recalled = (hits: number, positives: number): Outcomes => outcomes({ truePositive: hits, falseNegative: positives - hits });

describe('a metric', () => {
  const some = outcomes({ truePositive: 6, falsePositive: 2, falseNegative: 4, trueNegative: 7, wrong: 1 });
  test.each<[PerformanceMetric, number, number]>([
    ['Accuracy', 13 / 20, 20],
    ['Precision', 6 / 8, 8],
    ['Recall', 6 / 10, 10],
    ['F1', 12 / 18, 12],
  ])('%s is %d of %d', (name, expected, samples) => {
    const { state, value, samples: counted } = judgePerformance(profile(some), window(some), rule(name, { minLabels: 1 }));
    expect(state).toBe('OK');
    expect(value).toBeCloseTo(expected, 12);
    expect(counted).toBe(samples);
  });
});

describe('a check of performance', () => {
  const baseline = profile(recalled(700, 900));
  test.each<[string, Profile, Outcomes, PerformanceRule, object]>([
    ['is breached when the metric has fallen by more than allowed', baseline, recalled(87, 211), rule('Recall'),
      { state: 'Breached', samples: 211, message: 'recall is 41.2 %, 36.5 points below the 77.8 % of the baseline (allowed: 15.0 points); 211 positive labels' }],
    ['is OK when it has fallen by less', baseline, recalled(630, 900), rule('Recall'),
      { state: 'OK', message: 'recall is 70.0 %, 7.8 points below the 77.8 % of the baseline (allowed: 15.0 points); 900 positive labels' }],
    ['is OK when it has risen', baseline, recalled(90, 100), rule('Recall'),
      { state: 'OK', message: 'recall is 90.0 %, 12.2 points above the 77.8 % of the baseline (allowed: 15.0 points); 100 positive labels' }],
    ['is OK when it has fallen far, but chance explains it: p = 0.03', profile(recalled(70, 90)), recalled(31, 50), rule('Recall'), { state: 'OK' }],
    ['has no data before the first label that counts', baseline, outcomes({ trueNegative: 500 }), rule('Recall'), { state: 'NoData', samples: 0, message: 'no positive labels yet' }],
    ['has too few labels below the minimum', baseline, recalled(0, 49), rule('Recall'), { state: 'InsufficientData', samples: 49, message: '49 of 50 positive labels' }],
    ['counts the labels of its own metric', baseline, outcomes({ truePositive: 40, falsePositive: 9, trueNegative: 5_000 }), rule('Precision'),
      { state: 'InsufficientData', message: '49 of 50 positive predictions' }],
    ['cannot be made without outcomes in the baseline', profile(), recalled(1, 100), rule('Recall'), { state: 'Error', reason: 'NoBaseline' }],
    ['cannot be made when the baseline has nothing to count', profile(outcomes({ trueNegative: 900 })), recalled(1, 100), rule('Recall'),
      { state: 'Error', reason: 'NoBaseline', message: 'the baseline has no positive labels, so it has no recall' }],
    ['of F1 is breached when F1 has fallen', profile(outcomes({ truePositive: 700, falsePositive: 100, falseNegative: 200 })), outcomes({ truePositive: 90, falsePositive: 20, falseNegative: 120 }), rule('F1'),
      { state: 'Breached', samples: 230, message: 'F1 is 56.3 %, 26.1 points below the 82.4 % of the baseline (allowed: 15.0 points); 230 positive labels or predictions' }],
    ['of accuracy counts classes that were taken for one another', profile(outcomes({ trueNegative: 900, wrong: 100 })), outcomes({ trueNegative: 600, wrong: 400 }), rule('Accuracy'), { state: 'Breached', samples: 1_000 }],
  ])('%s', (_name, ...[of, seen, by, expected]) => expect(judgePerformance(of, window(seen), by)).toMatchObject(expected));

  test('tells the metric and the least it may be', () => {
    const { value, threshold } = judgePerformance(baseline, window(recalled(87, 211)), rule('Recall'));
    expect([value, threshold]).toEqual([87 / 211, 700 / 900 - 0.15]);
  });

  test('lasts until the metric is well within what is allowed', () => {
    const lasting = (hits: number): string => judgePerformance(baseline, window(recalled(hits, 1_000)), rule('Recall', { wasBreached: true })).state;
    expect(judgePerformance(baseline, window(recalled(640, 1_000)), rule('Recall')).state).toBe('OK');
    expect([lasting(640), lasting(670)]).toEqual(['Breached', 'OK']);
  });

  test('does not end because a window has few labels', () => {
    const seen = window(recalled(31, 50));
    const few = profile(recalled(70, 90));
    expect([judgePerformance(few, seen, rule('Recall')).state, judgePerformance(few, seen, rule('Recall', { wasBreached: true })).state]).toEqual(['OK', 'Breached']);
  });

  test.each(['Accuracy', 'Precision', 'Recall', 'F1'] as const)('never says of two models that the %s of each is below that of the other', (metric) => {
    const count = fc.integer({ min: 0, max: 2_000 });
    const drawn = fc.record({ truePositive: count, falsePositive: count, falseNegative: count, trueNegative: count, wrong: count });
    fc.assert(fc.property(drawn, drawn, (a, b) => {
      const [first, second] = [judgePerformance(profile(a), window(b), rule(metric, { minLabels: 1 })), judgePerformance(profile(b), window(a), rule(metric, { minLabels: 1 }))];
      expect([first.state, second.state]).not.toEqual(['Breached', 'Breached']);
    }));
  });
});

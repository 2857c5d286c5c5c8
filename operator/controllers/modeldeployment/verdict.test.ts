import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnalysisCheck, AnalysisMetric } from '../../api/v1alpha1/modeldeployment.ts';
import type { Counts } from '../../dataplane/routing.ts';
import { chanceOf, judge, upperTail } from './verdict.ts';

const check = (metric: AnalysisMetric, changes: Partial<AnalysisCheck> = {}): AnalysisCheck => ({ name: 'check', metric, maxWorse: 0.02, minRequests: 100, minLabels: 50, ...changes });
const none = { correct: 0, total: 0, truePositive: 0, falsePositive: 0, falseNegative: 0 };
const requests = (errors: number, all: number): Counts => ({ version: 'v', requests: all, errors, labels: none });
const recall = (hits: number, positives: number): Counts => ({ version: 'v', requests: 0, errors: 0, labels: { ...none, truePositive: hits, falseNegative: positives - hits } });

describe('a check', () => {
  test.each<[string, AnalysisCheck, Counts, Counts, string, string]>([
    ['has no data before the first request', check('ErrorRate'), requests(0, 0), requests(0, 0), 'NoData', 'ErrorRate: no requests yet'],
    ['is inconclusive while the new version has too few requests', check('ErrorRate'), requests(0, 900), requests(0, 99), 'Inconclusive', 'ErrorRate: 99 of 100 requests'],
    ['is inconclusive while the active version has too few requests', check('ErrorRate'), requests(0, 7), requests(99, 900), 'Inconclusive', 'ErrorRate: 7 of 100 requests'],
    ['is inconclusive when only one version has any', check('FeedbackRecall'), recall(0, 0), recall(60, 60), 'Inconclusive', 'FeedbackRecall: 0 of 50 positive labels'],
    ['passes when both are equal', check('ErrorRate'), requests(10, 1_000), requests(10, 1_000), 'Passed', 'ErrorRate: 1.0 % against 1.0 % of the active version'],
    ['passes when the new version is better', check('FeedbackRecall'), recall(50, 100), recall(90, 100), 'Passed', 'FeedbackRecall: 90.0 % against 50.0 % of the active version'],
    ['passes when it is worse by no more than allowed, however sure that is', check('ErrorRate'), requests(0, 1_000_000), requests(20_000, 1_000_000), 'Passed', 'ErrorRate: 2.0 % against 0.0 % of the active version'],
    ['passes when it is worse, but chance explains it: p = 0.0238', check('FeedbackRecall'), recall(90, 100), recall(80, 100), 'Passed', 'FeedbackRecall: 80.0 % against 90.0 % of the active version'],
    ['fails when it is worse and chance does not explain it: p = 0.0000395', check('FeedbackRecall'), recall(180, 200), recall(150, 200), 'Failed', 'FeedbackRecall: 75.0 % against 90.0 % of the active version, worse than the allowed 2.0 %'],
    ['fails when every request fails and none did before', check('ErrorRate'), requests(0, 100), requests(100, 100), 'Failed', 'ErrorRate: 100.0 % against 0.0 % of the active version, worse than the allowed 2.0 %'],
  ])('%s', (_name, ...[of, stable, candidate, verdict, message]) => expect(judge(of, stable, candidate)).toEqual({ name: 'check', verdict, message }));

  test('never fails a version that is no worse', () => {
    const share = fc.integer({ min: 100, max: 5_000 }).chain((all) => fc.tuple(fc.integer({ min: 0, max: all }), fc.constant(all)));
    fc.assert(fc.property(share, share, (a, b) => {
      const [better, worse] = a[0] / a[1] <= b[0] / b[1] ? [a, b] : [b, a];
      expect(judge(check('ErrorRate', { maxWorse: 0 }), requests(...worse), requests(...better)).verdict).toBe('Passed');
    }));
  });
});

/*
 * pool = (x1 + x2) / (n1 + n2);  z = difference / sqrt(pool (1 - pool) (1/n1 + 1/n2));  p = P(Z > z).
 * Computed with scipy 1.17.1: scipy.stats.norm.sf(z).
 */
describe('the chance of a difference between equal versions', () => {
  test.each<[string, number, [number, number], [number, number], number]>([
    ['of 2 points in 1 %', 30 / 1_000 - 10 / 1_000, [10, 1_000], [30, 1_000], 0.0007006507904801069],
    ['of 10 points, 100 labels each', 90 / 100 - 80 / 100, [90, 100], [80, 100], 0.023835190328080732],
    ['of 10 points, 50 labels each', 45 / 50 - 40 / 50, [45, 50], [40, 50], 0.08071473118354161],
    ['of one request in 500', 6 / 500 - 5 / 500, [5, 500], [6, 500], 0.3808750248094235],
    ['of 15 points, 200 labels each', 180 / 200 - 150 / 200, [180, 200], [150, 200], 3.945112145128074e-5],
  ])('%s is what scipy says', (_name, ...[difference, [hits, trials], [otherHits, otherTrials], p]) => {
    expect(Math.abs(chanceOf(difference, { hits, trials }, { hits: otherHits, trials: otherTrials }) - p)).toBeLessThan(7.5e-8);
  });

  test('is nil or certain when there is nothing random about it', () => {
    expect([chanceOf(0, { hits: 0, trials: 9 }, { hits: 0, trials: 9 }), chanceOf(0, { hits: 9, trials: 9 }, { hits: 5, trials: 5 })]).toEqual([1, 1]);
  });
});

describe('the upper tail of the normal distribution', () => {
  /* scipy.stats.norm.sf(z), scipy 1.17.1 */
  test.each([
    [0, 0.5], [0.5, 0.3085375387259869], [1, 0.15865525393145707], [1.6448536269514722, 0.05], [2.3263478740408408, 0.01],
    [3, 0.0013498980316300933], [4, 3.167124183311986e-5], [5, 2.866515718791933e-7], [-1, 0.8413447460685429],
  ])('at %d is %d', (z, p) => expect(Math.abs(upperTail(z) - p)).toBeLessThan(7.5e-8));

  test('falls', () => {
    const z = fc.double({ min: -8, max: 8, noNaN: true });
    fc.assert(fc.property(z, z, (a, b) => expect(upperTail(Math.min(a, b))).toBeGreaterThanOrEqual(upperTail(Math.max(a, b)) - 1.5e-7)));
  });
});

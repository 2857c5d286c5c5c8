import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AnalysisCheck, AnalysisMetric } from '../../api/v1alpha1/modeldeployment.ts';
import type { Counts } from '../../dataplane/routing.ts';
import { judge } from './verdict.ts';

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

import { describe, expect, test } from '@jest/globals';
import { analysisMetrics, type AnalysisMetric } from '../../api/v1alpha1/modeldeployment.ts';
import type { Counts } from '../../dataplane/routing.ts';
import { metrics, sumCounts } from './metrics.ts';

const counts: Counts = { version: 'fraud-1', requests: 100, errors: 3, labels: { correct: 70, total: 90, truePositive: 20, falsePositive: 8, falseNegative: 12 } };
const check = { name: 'c', metric: 'ErrorRate', maxWorse: 0, minRequests: 11, minLabels: 22 } as const;

describe('the metric', () => {
  test.each<[AnalysisMetric, { hits: number; trials: number }, number, string]>([
    ['ErrorRate', { hits: 3, trials: 100 }, 11, 'Lower'],
    ['FeedbackAccuracy', { hits: 70, trials: 90 }, 22, 'Higher'],
    ['FeedbackRecall', { hits: 20, trials: 32 }, 22, 'Higher'],
    ['FeedbackPrecision', { hits: 20, trials: 28 }, 22, 'Higher'],
  ])('%s counts what its name says', (name, share, minimum, better) => {
    const metric = metrics[name];
    expect([metric.share(counts), metric.minimum(check), metric.better]).toEqual([share, minimum, better]);
  });

  test('of each name in the schema is there', () => expect(Object.keys(metrics)).toEqual([...analysisMetrics]));
});

test('counts of several routers add up', () => {
  expect(sumCounts('fraud-1', [counts, counts])).toEqual({
    version: 'fraud-1', requests: 200, errors: 6, labels: { correct: 140, total: 180, truePositive: 40, falsePositive: 16, falseNegative: 24 },
  });
  expect(sumCounts('fraud-1', [])).toEqual({
    version: 'fraud-1', requests: 0, errors: 0, labels: { correct: 0, total: 0, truePositive: 0, falsePositive: 0, falseNegative: 0 },
  });
});

import type { AnalysisCheck, AnalysisMetric } from '../../api/v1alpha1/modeldeployment.ts';
import type { Counts } from '../../dataplane/routing.ts';
import type { Share } from '../../drift/proportions.ts';

interface MetricDefinition {
  readonly better: 'Higher' | 'Lower';
  /** What the trials are, for messages. */
  readonly trials: string;
  share(counts: Counts): Share;
  /** Trials each version must have before it is judged. */
  minimum(check: AnalysisCheck): number;
}

/** Every analysis metric. Class 1 is the positive one. */
export const metrics: Readonly<Record<AnalysisMetric, MetricDefinition>> = {
  ErrorRate: {
    better: 'Lower',
    trials: 'requests',
    share: ({ errors, requests }) => ({ hits: errors, trials: requests }),
    minimum: ({ minRequests }) => minRequests,
  },
  FeedbackAccuracy: {
    better: 'Higher',
    trials: 'labels',
    share: ({ labels }) => ({ hits: labels.correct, trials: labels.total }),
    minimum: ({ minLabels }) => minLabels,
  },
  FeedbackRecall: {
    better: 'Higher',
    trials: 'positive labels',
    share: ({ labels }) => ({ hits: labels.truePositive, trials: labels.truePositive + labels.falseNegative }),
    minimum: ({ minLabels }) => minLabels,
  },
  FeedbackPrecision: {
    better: 'Higher',
    trials: 'positive predictions',
    share: ({ labels }) => ({ hits: labels.truePositive, trials: labels.truePositive + labels.falsePositive }),
    minimum: ({ minLabels }) => minLabels,
  },
};

/** Sum of the counts of one version over several routers. */
export function sumCounts(version: string, parts: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number): number => parts.reduce((total, counts) => total + pick(counts), 0);
  return {
    version,
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    labels: {
      correct: sum(({ labels }) => labels.correct),
      total: sum(({ labels }) => labels.total),
      truePositive: sum(({ labels }) => labels.truePositive),
      falsePositive: sum(({ labels }) => labels.falsePositive),
      falseNegative: sum(({ labels }) => labels.falseNegative),
    },
  };
}

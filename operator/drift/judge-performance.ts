import type { Outcomes, Profile, WindowCounts } from '../profile/format.ts';
import { grouped, recoveryRatio, type Judgement } from './judgement.ts';
import { chanceOf, type Share } from './proportions.ts';

export interface PerformanceRule {
  readonly metric: PerformanceMetric;
  /** How far the metric may lie below that of the baseline. */
  readonly maxDrop: number;
  /** With fewer in the metric's denominator nothing is said. */
  readonly minLabels: number;
  /** An episode of this check has begun and lasts. */
  readonly wasBreached?: boolean | undefined;
}

interface Metric {
  /** As it is written within a sentence. */
  readonly name: string;
  /** What the metric is a share of. */
  readonly trials: string;
  /** The share that is tested. */
  share(outcomes: Outcomes): Share;
  /** The metric, of that share. */
  value(share: number): number;
}

const same = (share: number): number => share;

/** Class 1 is the positive one. */
export const performanceMetrics = {
  Accuracy: {
    name: 'accuracy',
    trials: 'labels',
    share: ({ truePositive, falsePositive, falseNegative, trueNegative, wrong }) =>
      ({ hits: truePositive + trueNegative, trials: truePositive + falsePositive + falseNegative + trueNegative + wrong }),
    value: same,
  },
  Precision: {
    name: 'precision',
    trials: 'positive predictions',
    share: ({ truePositive, falsePositive }) => ({ hits: truePositive, trials: truePositive + falsePositive }),
    value: same,
  },
  Recall: {
    name: 'recall',
    trials: 'positive labels',
    share: ({ truePositive, falseNegative }) => ({ hits: truePositive, trials: truePositive + falseNegative }),
    value: same,
  },
  /** F1 is no share of anything, but it rises with one, the Jaccard index J = TP / (TP + FP + FN): F1 = 2 J / (1 + J). */
  F1: {
    name: 'F1',
    trials: 'positive labels or predictions',
    share: ({ truePositive, falsePositive, falseNegative }) => ({ hits: truePositive, trials: truePositive + falsePositive + falseNegative }),
    value: (jaccard) => (2 * jaccard) / (1 + jaccard),
  },
} satisfies Record<string, Metric>;
export type PerformanceMetric = keyof typeof performanceMetrics;

/** A drop is held against a model only when chance would produce it less often than this. */
const significance = 0.01;

/**
 * Compares a metric over the labels of a window with the same metric of the baseline. Breached: below it by more than
 * `maxDrop`, and not by chance. What was found once need not be proven again: while an episode lasts it ends only when
 * the metric has come back to well within `maxDrop`. `value` is the metric and `threshold` the least that is allowed.
 */
export function judgePerformance(profile: Profile, window: WindowCounts, rule: PerformanceRule): Judgement {
  const metric: Metric = performanceMetrics[rule.metric];
  const live = metric.share(window.outcomes);
  const none = { threshold: 0, samples: live.trials, worst: [], missing: [] };
  const baseline = profile.outcomes && metric.share(profile.outcomes);
  if (baseline === undefined) return { ...none, state: 'Error', reason: 'NoBaseline', message: 'the profile has no outcomes: name label and prediction in the step that makes it' };
  if (baseline.trials === 0) return { ...none, state: 'Error', reason: 'NoBaseline', message: `the baseline has no ${metric.trials}, so it has no ${metric.name}` };
  const reference = metric.value(rate(baseline));
  const allowed = rule.maxDrop * (rule.wasBreached === true ? recoveryRatio : 1);
  const expected = { ...none, threshold: reference - allowed };
  if (live.trials === 0) return { ...expected, state: 'NoData', message: `no ${metric.trials} yet` };
  const value = metric.value(rate(live));
  const found = { ...expected, value };
  if (live.trials < rule.minLabels) return { ...found, state: 'InsufficientData', message: `${grouped(live.trials)} of ${grouped(rule.minLabels)} ${metric.trials}` };
  const byChance = rule.wasBreached !== true && chanceOf(rate(baseline) - rate(live), baseline, live) >= significance;
  const breached = reference - value > allowed && !byChance;
  const message = `${metric.name} is ${percent(value)}, ${difference(reference - value)} the ${percent(reference)} of the baseline (allowed: ${points(allowed)}); ${grouped(live.trials)} ${metric.trials}`;
  return { ...found, state: breached ? 'Breached' : 'OK', message };
}

function rate({ hits, trials }: Share): number {
  return hits / trials;
}

function difference(drop: number): string {
  return drop < 0 ? `${points(-drop)} above` : `${points(drop)} below`;
}

function points(share: number): string {
  return `${(share * 100).toFixed(1)} points`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

import { cellCount } from './cells.ts';
import type { Bins, FeatureCounts, Outcomes, WindowCounts } from './format.ts';

export const noOutcomes: Outcomes = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, wrong: 0 };
const noCounts: FeatureCounts = { missing: 0, counts: [] };

/** A window in which nothing was seen. */
export function emptyWindow(features: readonly Bins[]): WindowCounts {
  return { rows: 0, features: features.map(emptyCounts), outcomes: noOutcomes };
}

export function emptyCounts(bins: Bins): FeatureCounts {
  return { missing: 0, counts: new Array<number>(cellCount(bins)).fill(0) };
}

/** What both windows saw. Counts in the cells of different profiles cannot be added, so other shapes throw. */
export function mergeWindows(a: WindowCounts, b: WindowCounts): WindowCounts {
  if (a.features.length !== b.features.length) {
    throw new Error(`windows of ${a.features.length} and of ${b.features.length} features cannot be merged: they belong to different profiles`);
  }
  return {
    rows: a.rows + b.rows,
    features: a.features.map((counts, at) => mergeCounts(counts, b.features[at] ?? noCounts)),
    outcomes: addOutcomes(a.outcomes, b.outcomes),
  };
}

export function mergeCounts(a: FeatureCounts, b: FeatureCounts): FeatureCounts {
  if (a.counts.length !== b.counts.length) {
    throw new Error(`counts in ${a.counts.length} and in ${b.counts.length} cells cannot be merged: they belong to different profiles`);
  }
  return { missing: a.missing + b.missing, counts: a.counts.map((count, cell) => count + (b.counts[cell] ?? 0)) };
}

export function addOutcomes(a: Outcomes, b: Outcomes): Outcomes {
  return {
    truePositive: a.truePositive + b.truePositive,
    falsePositive: a.falsePositive + b.falsePositive,
    falseNegative: a.falseNegative + b.falseNegative,
    trueNegative: a.trueNegative + b.trueNegative,
    wrong: a.wrong + b.wrong,
  };
}

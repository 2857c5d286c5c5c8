import { pointCells } from '../profile/cells.ts';
import type { Bins, FeatureCounts, NullLaw } from '../profile/format.ts';
import { emptyCounts, mergeCounts } from '../profile/window.ts';
import { total } from './counts.ts';
import type { Method } from './method.ts';
import { categoricalMethods, numericMethods } from './registry.ts';

/** How many of the finest chunks make one, for each law. */
const groupSizes = [1, 2, 4] as const;
/** Smaller chunks would mostly measure chance. */
const fewestRows = 200;

/**
 * How far chunks of a baseline lie from the rest of it, at several chunk sizes. `chunks` are its finest ones, of equal size
 * and in the order of time. What lies near in time is often alike, and then windows of unchanged traffic lie further from
 * the baseline than independent values would: no p-value knows that, but the chunks do. Each is compared with all others
 * and not with the whole, in which it would find itself again.
 */
export function nullLaws(bins: Bins, chunks: readonly FeatureCounts[]): NullLaw[] {
  return groupSizes.flatMap((size) => {
    const groups = inGroups(chunks, size, bins);
    const rows = groups.length === 0 ? 0 : Math.floor(groups.reduce((sum, { counts }) => sum + total(counts), 0) / groups.length);
    return groups.length < 2 || rows < fewestRows ? [] : [law(bins, groups, rows)];
  });
}

function law(bins: Bins, chunks: readonly FeatureCounts[], rows: number): NullLaw {
  const method: Method = bins.type === 'Numeric' ? numericMethods.KolmogorovSmirnov : categoricalMethods.JensenShannon;
  const points = pointCells(bins);
  const all = chunks.reduce(mergeCounts, emptyCounts(bins)).counts;
  const distances = chunks.map(({ counts }) => {
    const others = all.map((count, cell) => count - (counts[cell] ?? 0));
    return method.distance({ baseline: others, window: counts, points });
  });
  const mean = total(distances) / distances.length;
  const variance = total(distances.map((distance) => (distance - mean) ** 2)) / (distances.length - 1);
  return { rows, chunks: distances.length, mean, sd: Math.sqrt(variance), q99: quantile(distances, 0.99) };
}

/** Neighbours merged; what is left at the end is too small to compare. */
function inGroups(chunks: readonly FeatureCounts[], size: number, bins: Bins): FeatureCounts[] {
  const starts = chunks.flatMap((_, at) => (at % size === 0 && at + size <= chunks.length ? [at] : []));
  return starts.map((at) => chunks.slice(at, at + size).reduce(mergeCounts, emptyCounts(bins)));
}

/** Interpolated linearly between the sorted values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}

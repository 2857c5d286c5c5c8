import { nullLaws } from '../../../operator/drift/null.ts';
import { cellOf } from '../../../operator/profile/cells.ts';
import { chunkCounter } from '../../../operator/profile/chunks.ts';
import type { Bins, Feature, FeatureCounts, Profile, WindowCounts } from '../../../operator/profile/format.ts';
import { sortedValues } from '../../../operator/profile/numeric.ts';
import { emptyCounts, mergeCounts, noOutcomes } from '../../../operator/profile/window.ts';

/** The values of each feature, in the order of time. A standard deviation is 10,000 units. */
export type Columns = readonly Int32Array[];
/** Gives the next value of a feature. */
export type Source = () => number;

export const features = 30;
export const referenceRows = 10_000;
const unit = 10_000;
/** As many as the agent makes. */
const chunks = 40;

/** Normal values that know nothing of one another, `shift` standard deviations away from those of the baseline. */
export function independent(next: () => number, shift = 0): Source {
  return () => Math.round((next() + shift) * unit);
}

/** A stationary AR(1) series: each value is `rho` times the one before it, and something new. */
export function autoregressive(next: () => number, rho: number, shift = 0): Source {
  const fresh = Math.sqrt(1 - rho * rho);
  let value = next();
  return () => {
    value = rho * value + fresh * next();
    return Math.round((value + shift) * unit);
  };
}

export function draw(rows: number, sources: readonly Source[]): Columns {
  return sources.map((next) => {
    const column = new Int32Array(rows);
    for (let row = 0; row < rows; row += 1) column[row] = next();
    return column;
  });
}

/** The profile of a baseline, made as the agent makes it. */
export function profileOf(reference: Columns): Profile {
  return { schemaVersion: 1, rows: reference[0]?.length ?? 0, features: reference.map((column, at) => featureOf(`feature-${at}`, column)) };
}

function featureOf(name: string, column: Int32Array): Feature {
  const sorted = sortedValues(column.length);
  for (const value of column.toSorted()) sorted.add(value);
  const { edges, atoms } = sorted.summary();
  const bins = { type: 'Numeric' as const, name, edges, atoms };
  const counter = chunkCounter(bins, column.length, chunks);
  for (const value of column) counter.add(cellOf(bins, value));
  return { ...bins, ...distribution(bins, counter.chunks), count: column.length };
}

/** What a profile says of counts in chunks. */
export function distribution(bins: Bins, parts: readonly FeatureCounts[]): Pick<Feature, 'counts' | 'missing' | 'null'> {
  return { ...parts.reduce(mergeCounts, emptyCounts(bins)), null: nullLaws(bins, parts) };
}

/** What a router counts of these rows. */
export function windowOf(profile: Profile, columns: Columns): WindowCounts {
  const counted = profile.features.map((feature, at): FeatureCounts => {
    const counts = feature.counts.map(() => 0);
    if (feature.type === 'Numeric') for (const value of columns[at] ?? []) counts[cellOf(feature, value)]! += 1;
    else for (const cell of columns[at] ?? []) counts[cell]! += 1;
    return { missing: 0, counts };
  });
  return { rows: columns[0]?.length ?? 0, features: counted, outcomes: noOutcomes };
}

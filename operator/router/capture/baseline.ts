import { cellCount } from '../../profile/cells.ts';
import type { Bins } from '../../profile/format.ts';

/** What the data of a version are counted by. Without a profile `digest` is empty and there are no features. */
export interface Baseline {
  readonly version: string;
  readonly digest: string;
  readonly features: readonly Bins[];
  /** The cells of all features lie one after another in one array: where those of each begin, and last where they end. */
  readonly offsets: readonly number[];
}

export function baselineOf(version: string, digest: string, features: readonly Bins[]): Baseline {
  return { version, digest, features, offsets: offsetsOf(features) };
}

export function offsetsOf(features: readonly Bins[]): readonly number[] {
  let end = 0;
  return [0, ...features.map((bins) => (end += cellCount(bins)))];
}

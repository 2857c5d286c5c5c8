import type { NullLaw } from '../profile/format.ts';

/** Two samples of a feature, counted in the same cells. */
export interface Samples {
  readonly baseline: readonly number[];
  readonly window: readonly number[];
  /** For each cell, whether all values in it are equal. */
  readonly points: readonly boolean[];
}

/** A way to compare a window of a feature with its baseline. */
export interface Method {
  /** How far they are apart; where cells do not tell exactly, not more than it truly is. */
  distance(samples: Samples): number;
  /** How often independent values of the baseline's own distribution would be that far apart. */
  chance(samples: Samples): number;
  /** The distance up to which chunks of the baseline lie from the rest of it. */
  usual(law: NullLaw): number;
}

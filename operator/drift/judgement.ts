/** What a check found in a window. */
export interface Judgement {
  /** Only OK and Breached say something of the model; the others say why nothing can be said. */
  readonly state: 'OK' | 'Breached' | 'InsufficientData' | 'NoData' | 'Error';
  readonly reason?: 'FeatureMissing' | 'NoBaseline' | 'ProfileMismatch';
  /** Of the feature that is worst, or of the metric. */
  readonly value?: number;
  /** What `value` is held against. */
  readonly threshold: number;
  /** Rows of the window, or what the metric is a share of. */
  readonly samples: number;
  /** The features that differ most, at most five, worst first. */
  readonly worst: readonly FeatureValue[];
  /** Features that had values in the baseline and have none now. */
  readonly missing: readonly string[];
  /** For people: at most 256 characters. */
  readonly message: string;
}

export interface FeatureValue {
  readonly feature: string;
  readonly value: number;
  readonly threshold: number;
}

/** What broke a limit is well again only below this part of it, so that a value near the limit does not begin one episode after the other. */
export const recoveryRatio = 0.8;

export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

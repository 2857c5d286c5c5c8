import type { Counts } from '../dataplane/routing.ts';
import { positiveClass, type ClassToken } from './classes.ts';

/** As many as a Summary may list. */
const maxVersions = 32;

export const outcomes = ['true_positive', 'false_positive', 'false_negative', 'true_negative', 'wrong'] as const;
/** Of a prediction and its label; neither class of `wrong` is the positive one, and they differ. */
export type Outcome = (typeof outcomes)[number];

export function outcomeOf(predicted: ClassToken, actual: ClassToken): Outcome {
  if (predicted === positiveClass) return actual === positiveClass ? 'true_positive' : 'false_positive';
  if (actual === positiveClass) return 'false_negative';
  return predicted === actual ? 'true_negative' : 'wrong';
}

interface Tally {
  requests: number;
  errors: number;
  readonly labels: Record<Outcome, number>;
}

/** Counters of the versions within one counting window. */
export class Window {
  readonly name: string;
  readonly #tallies = new Map<string, Tally>();

  constructor(name: string) {
    this.name = name;
  }

  countRequest(version: string, failed: boolean): void {
    const tally = this.#of(version);
    tally.requests += 1;
    if (failed) tally.errors += 1;
  }

  countLabel(version: string, outcome: Outcome): void {
    this.#of(version).labels[outcome] += 1;
  }

  counts(): Counts[] {
    return [...this.#tallies].map(([version, { requests, errors, labels }]) => ({
      version,
      requests,
      errors,
      labels: {
        correct: labels.true_positive + labels.true_negative,
        total: outcomes.reduce((sum, outcome) => sum + labels[outcome], 0),
        truePositive: labels.true_positive,
        falsePositive: labels.false_positive,
        falseNegative: labels.false_negative,
      },
    }));
  }

  #of(version: string): Tally {
    const known = this.#tallies.get(version);
    if (known !== undefined) return known;
    const [oldest] = this.#tallies.keys();
    if (oldest !== undefined && this.#tallies.size >= maxVersions) this.#tallies.delete(oldest);
    const tally = { requests: 0, errors: 0, labels: { true_positive: 0, false_positive: 0, false_negative: 0, true_negative: 0, wrong: 0 } };
    this.#tallies.set(version, tally);
    return tally;
  }
}

import type { Counts } from '../dataplane/routing.ts';
import type { Outcomes } from '../profile/format.ts';
import { noOutcomes } from '../profile/window.ts';
import type { Outcome } from '../profile/classes.ts';

/** As many as a Summary may list. */
const maxVersions = 32;

interface Tally {
  requests: number;
  errors: number;
  readonly labels: Outcomes;
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
        correct: labels.truePositive + labels.trueNegative,
        total: Object.values(labels).reduce((sum, count) => sum + count, 0),
        truePositive: labels.truePositive,
        falsePositive: labels.falsePositive,
        falseNegative: labels.falseNegative,
      },
    }));
  }

  #of(version: string): Tally {
    const known = this.#tallies.get(version);
    if (known !== undefined) return known;
    const [oldest] = this.#tallies.keys();
    if (oldest !== undefined && this.#tallies.size >= maxVersions) this.#tallies.delete(oldest);
    const tally = { requests: 0, errors: 0, labels: { ...noOutcomes } };
    this.#tallies.set(version, tally);
    return tally;
  }
}

import { setImmediate } from 'node:timers';

/** Short against what waits for a turn of the event loop: the renewal of the lease, probes, the answers of routers. */
const longestMs = 10;

/**
 * Keeps those who have much to do that waits for nothing, such as lists that are read and passes that find all well, from
 * holding up everything else. They share the turns of the event loop: had each a measure of its own, a turn would be as
 * long as all of them together.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When somebody first asked in this turn. */
  #since: number | undefined;

  /** To be asked between two pieces of work. When this turn has become long, resolves in a later one; undefined otherwise. */
  yield(): Promise<void> | undefined {
    const since = this.#since ?? this.#begin();
    if (performance.now() - since < longestMs) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #begin(): number {
    const now = performance.now();
    this.#since = now;
    setImmediate(() => this.#next());
    return now;
  }

  /** Those who wait go on one after another, each in a turn of its own. */
  #next(): void {
    this.#since = undefined;
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.#begin();
    first();
  }
}

/** A process has one. */
export const eventLoop = new Turns();

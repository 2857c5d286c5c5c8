import { setImmediate } from 'node:timers/promises';

/** Short against what waits for a turn of the event loop: the renewal of the lease, probes, the answers of routers. */
const longestMs = 10;

/**
 * Keeps those who read at the same time from holding up everything else. They share one turn of the event loop: had each
 * a measure of its own, a turn would be as long as all of them together.
 */
export class Turns {
  /** When somebody first asked in this turn. */
  #since: number | undefined;

  /** To be asked between two pieces of work. When this turn has become long, resolves in the next one; undefined otherwise. */
  yield(): Promise<void> | undefined {
    const now = performance.now();
    if (this.#since === undefined) {
      this.#since = now;
      void this.#begin();
    }
    return now - this.#since < longestMs ? undefined : setImmediate();
  }

  /** Comes before all that yield in this turn go on. */
  async #begin(): Promise<void> {
    await setImmediate();
    this.#since = undefined;
  }
}

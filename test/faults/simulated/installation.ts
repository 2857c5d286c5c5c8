import type { Random } from '../../../hack/random.ts';
import { withEndlessTurns } from '../../turns.ts';
import type { VirtualClock } from './clock.ts';

/** What `setTimeout` returns. */
class Handle {
  #cancel: () => void;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
  }

  cancel(): void {
    this.#cancel();
  }

  unref(): this {
    return this;
  }
}

/**
 * Makes this clock the time of the whole Node process, for `Date`, `performance.now` and the global timers, and lets
 * `Math.random` draw from a seed. What is done takes no time, so no turn of the event loop is ever long. Returns how to
 * give them back.
 */
export function install(clock: VirtualClock, random: Random): () => void {
  const { Date: RealDate, setTimeout, clearTimeout } = globalThis;
  const realNow = performance.now.bind(performance);
  const realRandom = Math.random;
  class VirtualDate extends RealDate {
    constructor(value?: number | string | Date) {
      super(value ?? clock.now);
    }

    /** Whole milliseconds, as everywhere. */
    static override now(): number {
      return Math.floor(clock.now);
    }
  }
  const later = (callback: (...values: unknown[]) => void, ms = 0, ...values: unknown[]): Handle => {
    const timer = clock.after(ms, () => callback(...values));
    return new Handle(() => timer.cancel());
  };
  const cancel = (handle: unknown): void => {
    if (handle instanceof Handle) handle.cancel();
  };
  Object.assign(globalThis, { Date: VirtualDate, setTimeout: later, clearTimeout: cancel });
  performance.now = () => clock.now - clock.start;
  Math.random = random;
  const endTurns = withEndlessTurns();
  return () => {
    Object.assign(globalThis, { Date: RealDate, setTimeout, clearTimeout });
    performance.now = realNow;
    Math.random = realRandom;
    endTurns();
  };
}

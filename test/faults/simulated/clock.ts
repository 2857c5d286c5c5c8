import { Schedule } from '../../../operator/runtime/schedule.ts';
import { Process } from './process.ts';

interface Planned {
  readonly at: number;
  readonly process: Process | undefined;
  readonly callback: () => void;
}

interface Waiter {
  readonly holds: () => boolean;
  readonly resolve: (holds: boolean) => void;
}

const realImmediate = setImmediate;

/**
 * Time that jumps from one thing that happens to the next, as fast as the machine can. Between two of them every promise
 * that can settle does. A timer belongs to the simulated process that set it, which is why this is no library of fake
 * timers: it must stand still, or be gone, with its process alone.
 */
export class VirtualClock {
  readonly start: number;
  readonly #timers = new Schedule<Planned>();
  readonly #waiters = new Set<Waiter>();
  #now: number;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(startMs: number) {
    this.start = startMs;
    this.#now = startMs;
    void this.#run();
  }

  get now(): number {
    return this.#now;
  }

  /** Calls back after so many milliseconds, in the process that asks for it. */
  after(ms: number, callback: () => void): { cancel(): void } {
    const at = this.#now + (ms > 0 && Number.isFinite(ms) ? ms : 0);
    const timer: Planned = { at, process: Process.current, callback };
    this.#timers.set(timer, at);
    this.#wake();
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Resolves with true as soon as the condition holds, with false after this time. Looked at after all that happens. */
  until(limitMs: number, holds: () => boolean): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = { holds, resolve };
      this.#waiters.add(waiter);
      Process.outside(() => this.after(limitMs, () => this.#settle(waiter, false)));
    });
  }

  elapse(ms: number): Promise<void> {
    return new Promise((resolve) => Process.outside(() => this.after(ms, resolve)));
  }

  /** Nothing happens any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await turn();
      const next = this.#next();
      if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else this.#happen(next);
    }
  }

  #happen({ at, process, callback }: Planned): void {
    this.#now = Math.max(this.#now, at);
    if (process === undefined) Process.outside(callback);
    else process.deliver(callback);
    // What follows from it in the same turn is looked at with what happens next.
    for (const waiter of this.#waiters) if (waiter.holds()) this.#settle(waiter, true);
  }

  #settle(waiter: Waiter, holds: boolean): void {
    if (this.#waiters.delete(waiter)) waiter.resolve(holds);
  }

  /** Takes out the next timer of a process that lives. */
  #next(): Planned | undefined {
    for (let { next } = this.#timers; next !== undefined; { next } = this.#timers) {
      const timer = this.#timers.take(next);
      if (timer?.process?.dead !== true) return timer;
    }
    return undefined;
  }
}

/** One turn of the real event loop: every promise that can settle has settled after it. */
function turn(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}

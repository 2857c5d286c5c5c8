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
  readonly reject: (error: unknown) => void;
}

/** What one clock is good for: many times what any run needs. A run that never ends ends here, always at the same point. */
export interface Bounds {
  readonly ms: number;
  readonly turns: number;
}

const bounds: Bounds = { ms: 24 * 3_600_000, turns: 300_000 };

export interface ClockOptions {
  readonly startMs: number;
  /** Told of what is thrown by something that happens; time goes on. */
  readonly onError: (error: unknown) => void;
  readonly bounds?: Bounds;
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
  readonly #options: ClockOptions;
  readonly #exhausted = Promise.withResolvers<Error>();
  #now: number;
  #turns = 0;
  /** Why there is no more time. */
  #end: Error | undefined;
  #closed = false;
  #wake: () => void = () => undefined;

  constructor(options: ClockOptions) {
    this.#options = options;
    this.start = options.startMs;
    this.#now = options.startMs;
    void this.#run();
  }

  /** Resolves when the bounds are reached. Nothing happens from then on, and whoever waits has waited in vain. */
  get exhausted(): Promise<Error> {
    return this.#exhausted.promise;
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

  /** Resolves with true as soon as the condition holds, with false after this time. Looked at after all that happens. Rejected with what the condition throws. */
  async until(limitMs: number, holds: () => boolean): Promise<boolean> {
    if (holds()) return true;
    return this.#wait(limitMs, holds);
  }

  async elapse(ms: number): Promise<void> {
    await this.#wait(ms, () => false);
  }

  /** Nothing happens any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #wait(limitMs: number, holds: () => boolean): Promise<boolean> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { holds, resolve, reject };
      this.#waiters.add(waiter);
      Process.outside(() => this.after(limitMs, () => {
        if (this.#waiters.delete(waiter)) resolve(false);
      }));
    });
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
    this.#turns += 1;
    try {
      if (process === undefined) Process.outside(callback);
      else process.deliver(callback);
    } catch (error) {
      this.#options.onError(error);
    }
    // What follows from it in the same turn is looked at with what happens next.
    for (const waiter of this.#waiters) this.#look(waiter);
    const { ms, turns } = this.#options.bounds ?? bounds;
    if (this.#turns >= turns) this.#exhaust(`a run may take ${turns} turns, and this one takes more`);
    else if (this.#now - this.start >= ms) this.#exhaust(`a run may take ${ms / 3_600_000} hours, and this one takes more`);
  }

  #look(waiter: Waiter): void {
    try {
      if (waiter.holds() && this.#waiters.delete(waiter)) waiter.resolve(true);
    } catch (error) {
      this.#waiters.delete(waiter);
      waiter.reject(error);
    }
  }

  #exhaust(why: string): void {
    const error = new Error(why);
    this.#end = error;
    this.close();
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
    this.#exhausted.resolve(error);
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

import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<Process>();

/** A process that is simulated. Whatever it has set in motion belongs to it, and ends or stands still with it. */
export class Process {
  #state: 'Running' | 'Frozen' | 'Dead' = 'Running';
  /** What came to it while it was frozen, in order. */
  #held: (() => void)[] = [];

  /** The process that the running code belongs to, also after any number of awaits. */
  static get current(): Process | undefined {
    return current.getStore();
  }

  /** Runs code that belongs to no process: that of the world around them. */
  static outside<T>(callback: () => T): T {
    return current.exit(callback);
  }

  get dead(): boolean {
    return this.#state === 'Dead';
  }

  /** Lets something happen in this process: now, when it goes on, or never. */
  deliver(callback: () => void): void {
    if (this.#state === 'Running') current.run(this, callback);
    else if (this.#state === 'Frozen') this.#held.push(callback);
  }

  run<T>(callback: () => T): T {
    return current.run(this, callback);
  }

  kill(): void {
    this.#state = 'Dead';
    this.#held = [];
  }

  freeze(): void {
    if (this.#state === 'Running') this.#state = 'Frozen';
  }

  thaw(): void {
    if (this.#state !== 'Frozen') return;
    this.#state = 'Running';
    for (const callback of this.#held.splice(0)) this.deliver(callback);
  }
}

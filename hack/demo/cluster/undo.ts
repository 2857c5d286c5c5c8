import type { Tell } from '../narrator.ts';

export interface Reversal {
  readonly what: string;
  /** What a person types to the same end. */
  readonly command: string;
  readonly work: () => Promise<void>;
}

/** How to take back what was made, newest first. */
export class Undo {
  readonly #tell: Tell;
  readonly #reversals: Reversal[] = [];
  #whole: Reversal | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  push(reversal: Reversal): void {
    this.#reversals.unshift(reversal);
  }

  /** One reversal that takes everything with it, such as that of the cluster itself. */
  pushWhole(reversal: Reversal): void {
    this.#whole = reversal;
  }

  get #steps(): readonly Reversal[] {
    return this.#whole ? [this.#whole] : this.#reversals;
  }

  get commands(): readonly string[] {
    return this.#steps.map(({ command }) => command);
  }

  /** Tries every step, also after one has failed; the first failure is thrown at the end. */
  async all(): Promise<void> {
    const failures: unknown[] = [];
    for (const { what, command, work } of this.#steps) {
      this.#tell('cleanup', `removing ${what}`);
      try {
        await work();
      } catch (error) {
        failures.push(error);
        this.#tell('cleanup', `${what} could not be removed; try: ${command}`);
      }
    }
    this.#reversals.length = 0;
    this.#whole = undefined;
    if (failures.length > 0) throw failures[0];
  }
}

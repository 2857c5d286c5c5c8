import { clock, row } from './format.ts';

/** Says one thing about a topic. */
export type Tell = (topic: string, text: string) => void;

/** Tells the story line by line, with the time since it began, and remembers how long its phases took. */
export class Narrator {
  readonly #write: (line: string) => void;
  readonly #began = performance.now();
  readonly times: Record<string, number> = {};

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  readonly tell: Tell = (topic, text) => {
    const [first = '', ...others] = text.split('\n');
    this.#write(row(clock(performance.now() - this.#began), topic, first));
    for (const other of others) this.#write(row('', '', other));
  };

  /** A line that is no event. */
  print(line = ''): void {
    this.#write(line);
  }

  /** Does a part of the work; its seconds go into `times` also when it fails. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.times[name] = Math.round((performance.now() - start) / 100) / 10;
    }
  }
}

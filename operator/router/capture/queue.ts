import type { Place } from './panes.ts';

/** One request on its way to be counted. */
export interface Sample extends Place {
  readonly body: Buffer;
}

export interface Bounds {
  readonly samples: number;
  readonly bytes: number;
}

/** Samples that wait, first come first served, within bounds. */
export class SampleQueue {
  readonly #room: Bounds;
  readonly #batch: Bounds;
  #waiting: Sample[] = [];
  #bytes = 0;

  constructor(room: Bounds, batch: Bounds) {
    this.#room = room;
    this.#batch = batch;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether a whole batch is waiting. */
  get hasBatch(): boolean {
    return this.#waiting.length >= this.#batch.samples || this.#bytes >= this.#batch.bytes;
  }

  /** False when there is no room. */
  add(sample: Sample): boolean {
    if (this.#waiting.length >= this.#room.samples || this.#bytes + sample.body.length > this.#room.bytes) return false;
    this.#waiting.push(sample);
    this.#bytes += sample.body.length;
    return true;
  }

  /** The samples that are next: as many as a batch may have, and one at least unless none waits. */
  take(): readonly Sample[] {
    let [count, bytes] = [0, 0];
    for (const { body } of this.#waiting) {
      if (count > 0 && (count >= this.#batch.samples || bytes + body.length > this.#batch.bytes)) break;
      count += 1;
      bytes += body.length;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}

import { createHash } from 'node:crypto';

export interface Share {
  readonly version: string;
  /** Percent; the weights of a schedule add up to 100. */
  readonly weight: number;
}

/**
 * The versions of the next 100 requests. Each version gets exactly its weight, spread evenly: its k-th request falls at
 * random into the k-th of `weight` equal parts of the block, so no client with a period keeps meeting the same version,
 * and any 100 consecutive requests across two blocks stay within a few requests of the weights too.
 */
export function block(shares: readonly Share[], random: () => number): string[] {
  return shares
    .flatMap(({ version, weight }) => Array.from({ length: weight }, (_, k) => ({ version, at: (k + random()) / weight })))
    .sort((a, b) => a.at - b.at)
    .map(({ version }) => version);
}

export class Schedule {
  readonly #shares: readonly Share[];
  readonly #random: () => number;
  #block: string[] = [];
  #next = 0;

  constructor(shares: readonly Share[], random: () => number) {
    this.#shares = shares;
    this.#random = random;
  }

  /** The version of the next request; undefined when there is no version. */
  next(): string | undefined {
    if (this.#next >= this.#block.length) {
      this.#block = block(this.#shares, this.#random);
      this.#next = 0;
    }
    return this.#block[this.#next++];
  }

  /** The first version after the last one given out that `accepts`: in proportion to the weights, without using up a turn. */
  substitute(accepts: (version: string) => boolean): string | undefined {
    return [...this.#block.slice(this.#next), ...this.#block.slice(0, this.#next)].find(accepts);
  }

  hasShares(shares: readonly Share[]): boolean {
    return shares.length === this.#shares.length
      && shares.every(({ version, weight }, i) => version === this.#shares[i]?.version && weight === this.#shares[i].weight);
  }
}

/** Numbers in [0, 1) that repeat for the same seed (mulberry32), so that a router's schedule can be reproduced. */
export function seededRandom(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

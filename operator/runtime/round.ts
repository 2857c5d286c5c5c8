/** Keys in the order they came; taken from the front without moving the rest. */
class Line {
  #keys: string[] = [];
  #taken = 0;

  get length(): number {
    return this.#keys.length - this.#taken;
  }

  push(key: string): void {
    this.#keys.push(key);
  }

  shift(): string | undefined {
    const key = this.#keys[this.#taken];
    this.#taken += 1;
    if (this.#taken > 64 && this.#taken * 2 > this.#keys.length) {
      this.#keys = this.#keys.slice(this.#taken);
      this.#taken = 0;
    }
    return key;
  }
}

interface Share {
  /** One for each lane. */
  readonly lines: readonly Line[];
  turns: number;
}

/** So often a namespace gives its turn to its least urgent lane, so that its changes do not stop what is new in it for good. */
const otherTurn = 8;

/**
 * Namespaces that take turns, however much each of them asks for. A namespace spends its turn on the first key of its
 * most urgent lane. To push and to shift cost the same whatever waits.
 */
export class Round<Lane extends string> {
  readonly #lanes: readonly Lane[];
  /** In the order of their turns. */
  readonly #shares = new Map<string, Share>();

  /** The more urgent lanes first. */
  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  push(namespace: string, key: string, lane: Lane): void {
    const share = this.#shares.get(namespace) ?? { lines: this.#lanes.map(() => new Line()), turns: 0 };
    share.lines[this.#lanes.indexOf(lane)]?.push(key);
    this.#shares.set(namespace, share);
  }

  /** Takes the next key that still waits in its lane; others are dropped, and cost their namespace no turn. */
  shift(waits: (key: string, lane: Lane) => boolean): string | undefined {
    for (const [namespace, share] of this.#shares) {
      const key = this.#firstOf(share, waits);
      this.#shares.delete(namespace);
      if (share.lines.some(({ length }) => length > 0)) this.#shares.set(namespace, share);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  #firstOf(share: Share, waits: (key: string, lane: Lane) => boolean): string | undefined {
    share.turns += 1;
    const lanes = share.turns % otherTurn === 0 ? this.#lanes.toReversed() : this.#lanes;
    for (const lane of lanes) {
      const line = share.lines[this.#lanes.indexOf(lane)];
      while (line !== undefined && line.length > 0) {
        const key = line.shift();
        if (key !== undefined && waits(key, lane)) return key;
      }
    }
    return undefined;
  }
}

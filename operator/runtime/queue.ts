/** Time as the queue sees it, so that tests can stand in for it. */
export interface Clock {
  now(): number;
  after(ms: number, callback: () => void): { cancel(): void };
}

export type Lane = 'Change' | 'Resync';

interface Delayed {
  readonly at: number;
  readonly timer: { cancel(): void };
}

const firstBackoffMs = 5;
const lastBackoffMs = 300_000;

/**
 * A work queue of keys `namespace/name`. A key waits at most once, is never processed twice at a time, and is processed
 * again when it was added meanwhile. Changes go before resyncs; within a lane, namespaces take turns, so that one full
 * namespace cannot keep the others waiting.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lanes: Readonly<Record<Lane, Map<string, string[]>>> = { Change: new Map(), Resync: new Map() };
  readonly #waiting = new Map<string, Lane>();
  readonly #processing = new Set<string>();
  readonly #again = new Map<string, Lane>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Keys that wait, without those that are delayed. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Lets the key be processed soon. */
  add(key: string, lane: Lane = 'Change'): void {
    if (this.#closed) return;
    if (this.#processing.has(key)) {
      if (this.#again.get(key) !== 'Change') this.#again.set(key, lane);
      return;
    }
    const waitingIn = this.#waiting.get(key);
    if (waitingIn === 'Change' || waitingIn === lane) return;
    this.#waiting.set(key, lane);
    const taker = this.#takers.shift();
    if (taker) {
      this.#start(key);
      taker(key);
      return;
    }
    const namespace = key.slice(0, key.indexOf('/'));
    const keys = this.#lanes[lane].get(namespace);
    if (keys) keys.push(key);
    else this.#lanes[lane].set(namespace, [key]);
  }

  /** Lets the key be processed after a time; of several times the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const at = this.#clock.now() + ms;
    const planned = this.#delayed.get(key);
    if (planned && planned.at <= at) return;
    planned?.timer.cancel();
    const timer = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key, 'Resync');
    });
    this.#delayed.set(key, { at, timer });
  }

  /** Lets a key that failed be processed again: after 5 ms, then twice as long each time up to 5 minutes, with jitter. */
  retry(key: string, atLeastMs = 0): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const backoff = Math.min(lastBackoffMs, firstBackoffMs * 2 ** Math.min(failures, 30));
    this.addAfter(key, Math.max(atLeastMs, backoff * (0.75 + this.#random() / 2)));
  }

  /** Forgets the failures of a key that went well. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, or undefined once the queue is closed. Call `done` when it has been processed. */
  async take(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const key = this.#next('Change') ?? this.#next('Resync');
    if (key !== undefined) {
      this.#start(key);
      return key;
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: string): void {
    this.#processing.delete(key);
    const lane = this.#again.get(key);
    this.#again.delete(key);
    if (lane) this.add(key, lane);
  }

  /** Ends all waiting; keys that are being processed can still be finished. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #start(key: string): void {
    this.#waiting.delete(key);
    this.#processing.add(key);
  }

  /** The first key of the namespace whose turn it is; a key that has since moved to the other lane is passed over. */
  #next(lane: Lane): string | undefined {
    const turns = this.#lanes[lane];
    // A namespace that is put back comes up again at the end of this same iteration.
    for (const [namespace, keys] of turns) {
      turns.delete(namespace);
      const key = keys.shift();
      if (keys.length > 0) turns.set(namespace, keys);
      if (key !== undefined && this.#waiting.get(key) === lane) return key;
    }
    return undefined;
  }
}

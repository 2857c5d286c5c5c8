import { Round } from './round.ts';
import { Schedule } from './schedule.ts';

/** Time as the queue sees it, so that tests can stand in for it. */
export interface Clock {
  now(): number;
  after(ms: number, callback: () => void): { cancel(): void };
}

/**
 * What a key waits for, the more urgent first. Change: someone changed the object, or something it has under way went on.
 * New: nobody has looked at the object yet, or nothing but our own writes to its children has happened since. Resync: nothing is known to have changed.
 */
const lanes = ['Change', 'New', 'Resync'] as const;
export type Lane = (typeof lanes)[number];

/** Long enough for the answers of several routers that were told the same at once; short to everybody who waits for them. */
const gatherMs = 50;
const firstBackoffMs = 5;
const lastBackoffMs = 300_000;
/** Every so many keys a resync goes first, so that no flood of changes stops it for good. */
const resyncTurn = 8;

/**
 * A work queue of keys `namespace/name`. A key waits at most once, is never processed twice at a time, and is processed
 * again when it was added meanwhile. Namespaces take turns, so that one full namespace cannot keep the others waiting,
 * and what is only a resync waits for all that is not.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #asked = new Round<Lane>(['Change', 'New']);
  readonly #resyncs = new Round<Lane>(['Resync']);
  readonly #waiting = new Map<string, Lane>();
  readonly #processing = new Set<string>();
  readonly #again = new Map<string, Lane>();
  readonly #delayed = new Schedule<string>();
  /** Keys of which something has changed, and is to be looked at with what else does so in a moment. */
  readonly #gathered = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #timer: { readonly at: number; cancel(): void } | undefined;
  #turn = 0;
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
      if (isMoreUrgent(lane, this.#again.get(key))) this.#again.set(key, lane);
      return;
    }
    if (!isMoreUrgent(lane, this.#waiting.get(key))) return;
    this.#waiting.set(key, lane);
    const taker = this.#takers.shift();
    if (taker) {
      this.#start(key);
      taker(key);
      return;
    }
    const round = lane === 'Resync' ? this.#resyncs : this.#asked;
    round.push(key.slice(0, key.indexOf('/')), key, lane);
  }

  /** Lets the key be processed after a time; of several times the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const at = this.#clock.now() + ms;
    const planned = this.#delayed.at(key);
    if (planned !== undefined && planned <= at) return;
    this.#delayed.set(key, at);
    this.#wait();
  }

  /** Lets the key be processed in a moment, for a change that often comes with others: once for all of them. */
  addSoon(key: string): void {
    if (this.#closed) return;
    this.#gathered.add(key);
    this.addAfter(key, gatherMs);
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
    const key = this.#next();
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
    this.#timer?.cancel();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #start(key: string): void {
    this.#waiting.delete(key);
    this.#processing.add(key);
  }

  /** One timer for all delays, set to the first of them. */
  #wait(): void {
    const { next } = this.#delayed;
    if (this.#timer && next !== undefined && this.#timer.at <= next) return;
    this.#timer?.cancel();
    this.#timer = next === undefined ? undefined : { at: next, ...this.#clock.after(Math.max(0, next - this.#clock.now()), () => this.#wake()) };
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let key = this.#delayed.take(now); key !== undefined; key = this.#delayed.take(now)) {
      // What has failed is under way; what is looked at again from time to time can wait.
      const isChange = this.#gathered.delete(key) || this.#failures.has(key);
      this.add(key, isChange ? 'Change' : 'Resync');
    }
    this.#wait();
  }

  #next(): string | undefined {
    this.#turn += 1;
    // A key that has since moved to another lane waits there.
    const waits = (key: string, lane: Lane): boolean => this.#waiting.get(key) === lane;
    if (this.#turn % resyncTurn === 0) return this.#resyncs.shift(waits) ?? this.#asked.shift(waits);
    return this.#asked.shift(waits) ?? this.#resyncs.shift(waits);
  }
}

function isMoreUrgent(lane: Lane, than: Lane | undefined): boolean {
  return than === undefined || lanes.indexOf(lane) < lanes.indexOf(than);
}

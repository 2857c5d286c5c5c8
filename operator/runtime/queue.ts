import { Schedule } from './schedule.ts';

/** Time as the queue sees it, so that tests can stand in for it. */
export interface Clock {
  now(): number;
  after(ms: number, callback: () => void): { cancel(): void };
}

/**
 * What a key waits for, the more urgent first. Change: someone changed the object, or something it has under way went on.
 * New: nobody has looked at the object yet. Resync: nothing is known to have changed.
 */
const lanes = ['Change', 'New', 'Resync'] as const;
export type Lane = (typeof lanes)[number];

const firstBackoffMs = 5;
const lastBackoffMs = 300_000;
/** Every so many keys one of the other lanes goes first, by turns, so that no flood in a lane, or in two, stops another for good. */
const otherTurn = 8;
const otherOrders: readonly (readonly Lane[])[] = [['Resync', 'New', 'Change'], ['New', 'Resync', 'Change']];

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

/**
 * A work queue of keys `namespace/name`. A key waits at most once, is never processed twice at a time, and is processed
 * again when it was added meanwhile. Urgent lanes go first; within a lane, namespaces take turns, so that one full
 * namespace cannot keep the others waiting.
 */
export class Queue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #lanes: Readonly<Record<Lane, Map<string, Line>>> = { Change: new Map(), New: new Map(), Resync: new Map() };
  readonly #waiting = new Map<string, Lane>();
  readonly #processing = new Set<string>();
  readonly #again = new Map<string, Lane>();
  readonly #delayed = new Schedule<string>();
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
    const namespace = key.slice(0, key.indexOf('/'));
    const line = this.#lanes[lane].get(namespace) ?? new Line();
    line.push(key);
    this.#lanes[lane].set(namespace, line);
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
    // What has failed is under way; what is looked at again from time to time can wait.
    for (let key = this.#delayed.take(now); key !== undefined; key = this.#delayed.take(now)) this.add(key, this.#failures.has(key) ? 'Change' : 'Resync');
    this.#wait();
  }

  #next(): string | undefined {
    this.#turn += 1;
    const other = this.#turn % otherTurn === 0 ? otherOrders[(this.#turn / otherTurn) % otherOrders.length] : undefined;
    for (const lane of other ?? lanes) {
      const key = this.#nextIn(lane);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** The first key of the namespace whose turn it is. */
  #nextIn(lane: Lane): string | undefined {
    const turns = this.#lanes[lane];
    for (const [namespace, line] of turns) {
      const key = this.#firstOf(line, lane);
      turns.delete(namespace);
      if (line.length > 0) turns.set(namespace, line);
      if (key !== undefined) return key;
    }
    return undefined;
  }

  /** A key that has since moved to another lane is passed over, and costs its namespace no turn. */
  #firstOf(line: Line, lane: Lane): string | undefined {
    while (line.length > 0) {
      const key = line.shift();
      if (key !== undefined && this.#waiting.get(key) === lane) return key;
    }
    return undefined;
  }
}

function isMoreUrgent(lane: Lane, than: Lane | undefined): boolean {
  return than === undefined || lanes.indexOf(lane) < lanes.indexOf(than);
}

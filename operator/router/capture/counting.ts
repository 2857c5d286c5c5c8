import type { Worker } from 'node:worker_threads';
import type { Log } from '../settings.ts';
import { within } from '../within.ts';
import type { Baseline } from './baseline.ts';
import type { Place } from './panes.ts';
import { SampleQueue, type Sample } from './queue.ts';
import type { Batch, Report } from './thread.ts';

/** Why a sample was not counted. */
export type Loss = 'queue_full' | 'thread_ended' | 'unreadable';

/** Part of an array of cells. */
export interface Cells {
  readonly all: Uint32Array;
  readonly from: number;
  readonly to: number;
}

export interface Counting {
  readonly startThread: () => Worker;
  readonly log: Log;
  readonly counted: (place: Place, rows: number, cells: Cells) => void;
  readonly lost: (place: Place, loss: Loss) => void;
}

/** What may wait for the thread. Beyond it samples are lost; requests never wait. */
const room = { samples: 2_048, bytes: 8 * 1024 * 1024 };
const batch = { samples: 256, bytes: 1024 * 1024 };
/** Samples are gathered for so long, because a message to a thread costs more than the counting of a request. */
const gatherMs = 200;
const restartMs = 1_000;
const maxRestartMs = 60_000;

/**
 * Has samples counted by a thread of its own, one batch at a time. A thread that ends takes the batch that it had with
 * it; another one is started after a second, then after 2, 4 and so on up to a minute until one has counted something.
 */
export class CountingThread {
  readonly #parts: Counting;
  readonly #queue = new SampleQueue(room, batch);
  #thread: Worker | undefined;
  /** The batch that the thread has. */
  #sent: readonly Sample[] = [];
  /** What the thread knows each baseline by. */
  readonly #ids = new Map<Baseline, number>();
  #lastId = 0;
  #configured: ReadonlySet<Baseline> = new Set();
  /** Runs while samples are gathered, or while it rests. */
  #timer: NodeJS.Timeout | undefined;
  /** No thread is started for a while. */
  #resting = false;
  #failures = 0;
  #closed = false;
  /** How many samples have been taken, and how many of those, in the same order, have been dealt with. */
  #offered = 0;
  #settled = 0;
  readonly #waiters = new Set<{ readonly upTo: number; readonly resolve: (value: undefined) => void }>();

  constructor(parts: Counting) {
    this.#parts = parts;
  }

  /** The profiles in use; the thread forgets others. */
  retain(baselines: ReadonlySet<Baseline>): void {
    this.#configured = baselines;
  }

  /** Takes the body over: it must not change any more. */
  offer(sample: Sample): void {
    if (this.#closed || !this.#queue.add(sample)) {
      this.#parts.lost(sample, 'queue_full');
      return;
    }
    this.#offered += 1;
    this.#consider();
  }

  /** Counts what has been offered until now without gathering more; waits for it `ms` at most. */
  async settle(ms: number): Promise<void> {
    if (this.#settled === this.#offered) return;
    const waiter = { upTo: this.#offered, ...Promise.withResolvers<undefined>() };
    this.#waiters.add(waiter);
    this.#consider();
    await within(ms, waiter.promise);
    this.#waiters.delete(waiter);
  }

  /** Counts what is waiting and ends the thread; after `ms` what is left is lost. */
  async close(ms: number): Promise<void> {
    await this.settle(ms);
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#queue.size > 0) this.#lose(this.#queue.take());
    await this.#thread?.terminate();
  }

  /** Sends the next batch if one is due. */
  #consider(): void {
    if (this.#sent.length > 0 || this.#queue.size === 0 || this.#resting || this.#closed) return;
    if (this.#queue.hasBatch || this.#waiters.size > 0) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), gatherMs);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sent = this.#queue.take();
    try {
      this.#thread ??= this.#start();
    } catch (error) {
      this.#failed(error);
      this.#ended();
      return;
    }
    const message = this.#pack(this.#sent);
    this.#thread.postMessage(message, [message.bytes.buffer]);
  }

  #start(): Worker {
    const thread = this.#parts.startThread();
    thread.on('message', (report: Report) => this.#report(report));
    thread.on('error', (error) => this.#failed(error));
    thread.once('exit', () => this.#ended());
    return thread;
  }

  #failed(error: unknown): void {
    this.#parts.log.error('the thread that counts requests failed', { error: error instanceof Error ? error.name : 'unknown' });
  }

  #ended(): void {
    this.#thread = undefined;
    this.#ids.clear();
    this.#lose(this.#sent);
    this.#settle();
    this.#resting = true;
    clearTimeout(this.#timer);
    const restMs = Math.min(maxRestartMs, restartMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#resting = false;
      this.#consider();
    }, restMs);
  }

  #report({ rows, ends, cells }: Report): void {
    this.#failures = 0;
    for (const [i, sample] of this.#sent.entries()) {
      const count = rows[i] ?? -1;
      if (count < 0) this.#parts.lost(sample, 'unreadable');
      else this.#parts.counted(sample, count, { all: cells, from: ends[i - 1] ?? 0, to: ends[i] ?? 0 });
    }
    this.#settle();
    this.#consider();
  }

  /** The batch that was sent has been dealt with, one way or the other. */
  #settle(): void {
    this.#settled += this.#sent.length;
    this.#sent = [];
    for (const waiter of this.#waiters) {
      if (waiter.upTo > this.#settled) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(undefined);
    }
  }

  #lose(samples: readonly Sample[]): void {
    for (const sample of samples) this.#parts.lost(sample, 'thread_ended');
  }

  /** One copy of the bodies, which becomes the thread's. */
  #pack(samples: readonly Sample[]): Batch {
    const used = new Set(samples.map(({ baseline }) => baseline));
    const [define, forget]: [Batch['define'][number][], number[]] = [[], []];
    for (const baseline of used) {
      if (this.#ids.has(baseline)) continue;
      this.#ids.set(baseline, this.#lastId += 1);
      define.push({ id: this.#lastId, features: baseline.features });
    }
    for (const [baseline, id] of this.#ids) {
      if (used.has(baseline) || this.#configured.has(baseline)) continue;
      this.#ids.delete(baseline);
      forget.push(id);
    }
    const bytes = new Uint8Array(samples.reduce((sum, { body }) => sum + body.length, 0));
    let at = 0;
    for (const { body } of samples) {
      bytes.set(body, at);
      at += body.length;
    }
    return { define, forget, bytes, samples: samples.map(({ baseline, body }) => ({ id: this.#ids.get(baseline) ?? 0, bytes: body.length })) };
  }
}

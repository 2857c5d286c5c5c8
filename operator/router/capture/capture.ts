import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Worker } from 'node:worker_threads';
import { defaultPaneMs, paneStart, type Panes, type RouterConfig } from '../../dataplane/routing.ts';
import type { Received } from '../body.ts';
import type { Outcome } from '../../profile/classes.ts';
import { shareOf } from '../inference-id.ts';
import type { CaptureLoss, Metrics } from '../metrics.ts';
import type { Limits, Log } from '../settings.ts';
import { within } from '../within.ts';
import { baselineOf, type Baseline } from './baseline.ts';
import { CountingThread, type Cells } from './counting.ts';
import { PaneRing, type Place } from './panes.ts';

export interface Capturing {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly startThread: () => Worker;
  readonly now: () => number;
}

/** A request on its way to a model. */
export interface Prediction {
  readonly version: string;
  readonly start: number;
  readonly nonce: string;
}

const inferPath = /^\/v2\/models\/[^/?]+(?:\/versions\/[^/?]+)?\/infer(?:\?|$)/;

/** An answer waits so long for what is being counted. */
const settleMs = 500;

/** Counts what requests hold and what their labels say, in panes of time. Nothing here makes a request wait. */
export class Capture {
  readonly #parts: Capturing;
  readonly #thread: CountingThread;
  readonly #panes: PaneRing;
  readonly #instance = randomUUID();
  #config: RouterConfig | undefined;
  #baselines = new Map<string, Baseline>();
  #pulled = false;
  #whenDelivered: () => void = () => undefined;

  constructor(parts: Capturing) {
    this.#parts = parts;
    const { metrics, log, startThread } = parts;
    this.#panes = new PaneRing({ added: () => metrics.paneAdded(), dropped: () => metrics.paneDropped() });
    this.#thread = new CountingThread({
      startThread,
      log,
      counted: (place, rows, cells) => this.#counted(place, rows, cells),
      lost: (place, loss) => this.#lost(place, loss),
    });
  }

  /** Counts by another configuration from now on. What was counted stays, in the cells that it was counted in. */
  configure(config: RouterConfig): void {
    const known = this.#baselines;
    this.#config = config;
    this.#baselines = new Map((config.capture?.baselines ?? []).map(({ version, digest, features }) => {
      const before = known.get(version);
      return [version, before?.digest === digest ? before : baselineOf(version, digest, features)];
    }));
    this.#thread.retain(new Set(this.#baselines.values()));
  }

  /** When the pane of a prediction made now began. */
  start(): number {
    return paneStart(this.#parts.now(), this.#paneMs);
  }

  /** Where a request is counted if it succeeds; undefined for one that is not. The nonce samples: it is random, and no client chooses it. */
  placeOf({ version, start, nonce }: Prediction, req: IncomingMessage): Place | undefined {
    const { capture, protocol } = this.#config ?? {};
    const baseline = this.#baselines.get(version);
    if (capture === undefined || baseline === undefined || baseline.features.length === 0 || protocol !== 'V2') return undefined;
    if (req.method !== 'POST' || !inferPath.test(req.url ?? '')) return undefined;
    return capture.sampleRate === 1 || shareOf(nonce) < capture.sampleRate ? { baseline, start } : undefined;
  }

  /** Takes the body of a request that has succeeded. */
  take(place: Place, req: IncomingMessage, body: Received['body']): void {
    const { 'content-encoding': encoding = 'identity', 'inference-header-content-length': binary } = req.headers;
    if (encoding !== 'identity' || binary !== undefined || body === null) this.#lost(place, 'not_json');
    else if (Buffer.isBuffer(body)) this.#thread.offer({ ...place, body });
    else this.#lost(place, 'not_kept');
  }

  /** Counts labels of a prediction in the pane in which it was made, whichever router made it. */
  label(version: string, start: number, outcomes: readonly Outcome[]): void {
    if (this.#config?.capture === undefined) return;
    const place = { baseline: this.#baselines.get(version) ?? baselineOf(version, '', []), start: paneStart(start, this.#paneMs) };
    // Clocks of routers differ a little, but a pane far ahead is made up, and would outlive all others.
    const known = place.start <= this.start() + this.#paneMs && this.#panes.count(place, this.#paneMs, (tally) => {
      for (const outcome of outcomes) tally.outcomes[outcome] += 1;
    });
    if (!known) this.#parts.metrics.labelledLate();
  }

  /**
   * Panes that changed after what an answer of this process with `cursor` told; all panes for another process. Every
   * request that had ended before is in them. Panes that began before `from` are left out.
   */
  async panes({ since, instance, from }: { readonly since: number; readonly instance: string; readonly from: number }): Promise<Panes> {
    this.#pulled = true;
    await this.#thread.settle(settleMs);
    return { instance: this.#instance, ...this.#panes.changedAfter(instance === this.#instance ? since : 0, from) };
  }

  /** These have been sent to the operator. */
  delivered({ cursor }: Panes): void {
    this.#panes.delivered(cursor);
    if (!this.#panes.undelivered) this.#whenDelivered();
  }

  /** Counts what is waiting, then waits for the operator to pull what it has not seen. */
  async close({ countMs, pullMs, firstPullMs }: Pick<Limits, 'countMs' | 'pullMs' | 'firstPullMs'>): Promise<void> {
    await this.#thread.close(countMs);
    if (this.#panes.undelivered) await within(this.#pulled ? pullMs : firstPullMs, new Promise<void>((resolve) => { this.#whenDelivered = resolve; }));
  }

  get #paneMs(): number {
    return this.#config?.capture?.paneMs ?? defaultPaneMs;
  }

  #counted(place: Place, rows: number, { all, from, to }: Cells): void {
    const { metrics } = this.#parts;
    const kept = this.#panes.count(place, this.#paneMs, (tally) => {
      tally.rows += rows;
      for (let i = from; i < to; i += 1) {
        const cell = all[i] ?? 0;
        tally.cells[cell] = (tally.cells[cell] ?? 0) + 1;
      }
    });
    if (kept) metrics.captured(place.baseline.version, rows);
    else metrics.notCaptured(place.baseline.version, 'late');
  }

  #lost(place: Place, loss: CaptureLoss): void {
    this.#parts.metrics.notCaptured(place.baseline.version, loss);
    this.#panes.count(place, this.#paneMs, (tally) => {
      if (loss === 'unreadable' || loss === 'not_json') tally.unreadable += 1;
      else tally.dropped += 1;
    });
  }
}

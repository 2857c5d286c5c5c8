import type { Worker } from 'node:worker_threads';
import { routerClosing } from '../dataplane/routing.ts';

export interface Log {
  info(message: string, fields: Record<string, unknown>): void;
  warn(message: string, fields: Record<string, unknown>): void;
  error(message: string, fields: Record<string, unknown>): void;
}

export interface Limits {
  /** Larger request bodies are refused with 413. */
  readonly bodyBytes: number;
  /** A model that has not sent response headers after this time is answered for with 504. */
  readonly headersMs: number;
  /** How often the Services are looked up while the operator does not tell the addresses of pods. */
  readonly resolveMs: number;
  /** Tokens a second of the bucket that feedback requests draw from. */
  readonly feedbackPerSecond: number;
  /** How long a closing router still answers on idle keep-alive connections, so that none is cut under a client's request. */
  readonly lingerMs: number;
  /** How long closing takes at most; afterwards connections are cut. */
  readonly closeMs: number;
  /** Afterwards: how long samples of requests are still counted. */
  readonly countMs: number;
  /**
   * Then: how long the operator has to pull the last counts. Longer than another one needs to take over, for whoever did
   * pull them may have ended with its copy of them.
   */
  readonly pullMs: number;
  /** The same for a router whose counts nobody has pulled so far, so probably nobody wants. */
  readonly firstPullMs: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 10 * 1024 * 1024,
  headersMs: 30_000,
  resolveMs: 5_000,
  feedbackPerSecond: 2_000,
  lingerMs: 5_000,
  ...routerClosing,
  firstPullMs: 5_000,
};

export interface Settings {
  /** Path of the cold-start file, a RouterFile as JSON. */
  readonly file: string;
  readonly podUid: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly ports: Ports;
  readonly log: Log;
  /** Starts a thread that runs `countBatches`. */
  readonly startThread: () => Worker;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly limits?: Partial<Limits>;
}

export interface Ports {
  readonly inference: number;
  readonly metrics: number;
  readonly admin: number;
}

import { describeError, type Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';

/** What went wrong with a watch without stopping it. */
export type WatchFault =
  /** A line that is not JSON, which ends the watch, or an object without metadata, which is left out. */
  | 'malformed'
  | 'unknown-type'
  /** A resourceVersion below one that was seen before. */
  | 'stale'
  /** 410: the API server no longer has the events since our resourceVersion. */
  | 'expired'
  /** Any other end of the stream before its time. */
  | 'broken'
  /** A listener threw. */
  | 'listener';

/** Where the counters of this folder go. Each label has few values. */
export interface Recorder {
  /** After each HTTP exchange, up to its headers for a watch. The code is a number or `<error>`. */
  request(call: { method: string; code: string; seconds: number }): void;
  /** A new connection to the API server: none are made in a steady state. */
  connected(): void;
  watchFault(resource: string, fault: WatchFault, cause?: unknown): void;
}

export function countInto(metrics: Pick<Metrics, 'request' | 'connection' | 'watchFault'>, log: Pick<Log, 'debug'>): Recorder {
  return {
    request: ({ method, code, seconds }) => metrics.request(method, code, seconds * 1_000),
    connected: () => metrics.connection(),
    watchFault: (resource, fault, cause) => {
      metrics.watchFault(resource, fault);
      log.debug('watch fault', { resource, fault, ...(cause === undefined ? {} : { cause: describeError(cause) }) });
    },
  };
}

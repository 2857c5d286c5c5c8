/** What went wrong with a watch without stopping it. */
export type WatchFault =
  /** A line that is not JSON, or an object without metadata. */
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

/** Waits, or ends the wait early when the signal fires; the caller looks at the signal afterwards. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** From 1 to 1.5 times as long, so that many clients that were refused together do not come back together. */
export function jittered(ms: number): number {
  return ms * (1 + Math.random() / 2);
}

/**
 * Waiting times that grow by about 0.8 s, to 30 s at most. Were they to double, what is back after some seconds would be
 * found only after as many again.
 */
export class Backoff {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  /** Also waits as long as the API server asked for. */
  wait(signal: AbortSignal, askedMs = 0): Promise<void> {
    this.#failures++;
    const ms = Math.min(800 * this.#failures, 20_000);
    return pause(jittered(Math.max(ms, askedMs)), signal);
  }
}

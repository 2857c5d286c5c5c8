import type { Source } from '../../runtime/controller.ts';
import type { Clock } from '../../runtime/queue.ts';

/** A pod that has ended, whose log holds the profile of a version. */
export interface LogWant {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

/** What the log said; without a text there is no such log any more. */
export interface LogFact {
  readonly uid: string;
  readonly text?: string;
}

interface Ports {
  /** The log of the pod, undefined when the pod is gone. Rejected when it may be had later. */
  readonly read: (want: LogWant) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly onError: (key: string, error: unknown) => void;
}

interface Reading {
  readonly want: LogWant;
  fact: LogFact | undefined;
  failures: number;
  timer: { cancel(): void } | undefined;
}

const maxInFlight = 4;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Reads the logs that are wanted, each once, and keeps them for as long as they are. A log that cannot be had is asked for again. */
export class PodLogs implements Source<LogWant, LogFact | undefined> {
  readonly #ports: Ports;
  readonly #readings = new Map<string, Reading>();
  readonly #queue: string[] = [];
  readonly #listeners: ((key: string) => void)[] = [];
  #inFlight = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  want(key: string, want: LogWant | undefined): void {
    const before = this.#readings.get(key);
    if (before?.want.uid === want?.uid) return;
    before?.timer?.cancel();
    this.#readings.delete(key);
    if (!want) return;
    this.#readings.set(key, { want, fact: undefined, failures: 0, timer: undefined });
    this.#enqueue(key);
  }

  facts(key: string): LogFact | undefined {
    return this.#readings.get(key)?.fact;
  }

  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    for (const key of [...this.#readings.keys()]) this.want(key, undefined);
  }

  #enqueue(key: string): void {
    this.#queue.push(key);
    this.#next();
  }

  #next(): void {
    while (this.#inFlight < maxInFlight) {
      const key = this.#queue.shift();
      if (key === undefined) return;
      const reading = this.#readings.get(key);
      if (reading) void this.#read(key, reading);
    }
  }

  async #read(key: string, reading: Reading): Promise<void> {
    this.#inFlight += 1;
    try {
      const text = await this.#ports.read(reading.want);
      reading.fact = { uid: reading.want.uid, ...(text === undefined ? {} : { text }) };
    } catch (error) {
      this.#ports.onError(key, error);
      reading.failures += 1;
    }
    this.#inFlight -= 1;
    this.#next();
    if (this.#readings.get(key) !== reading) return;
    if (reading.fact) {
      for (const listener of this.#listeners) listener(key);
    } else {
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(reading.failures - 1, 10));
      reading.timer = this.#ports.clock.after(pauseMs, () => this.#enqueue(key));
    }
  }
}

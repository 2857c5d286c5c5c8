import type { Source } from '../../runtime/controller.ts';
import type { Clock } from '../../runtime/queue.ts';
import { Schedule } from '../../runtime/schedule.ts';

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
}

const maxInFlight = 4;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/** Reads the logs that are wanted, each once, and keeps them for as long as they are. A log that cannot be had is asked for again. */
export class PodLogs implements Source<LogWant, LogFact | undefined> {
  readonly #ports: Ports;
  readonly #readings = new Map<string, Reading>();
  /** When each is read, or read again. */
  readonly #due = new Schedule<string>();
  readonly #listeners: ((key: string) => void)[] = [];
  #inFlight = 0;
  #timer: { cancel(): void } | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  want(key: string, want: LogWant | undefined): void {
    if (this.#readings.get(key)?.want.uid === want?.uid) return;
    this.#readings.delete(key);
    this.#due.delete(key);
    if (want) {
      this.#readings.set(key, { want, fact: undefined, failures: 0 });
      this.#due.set(key, this.#ports.clock.now());
    }
    this.#next();
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

  /** One timer for all, set to the first that is due. */
  #next(): void {
    this.#timer?.cancel();
    const now = this.#ports.clock.now();
    while (this.#inFlight < maxInFlight) {
      const key = this.#due.take(now);
      const reading = key === undefined ? undefined : this.#readings.get(key);
      if (key === undefined || !reading) break;
      void this.#read(key, reading);
    }
    const { next } = this.#due;
    // Whatever is due when all hands are full is read when one of them is free.
    this.#timer = next === undefined || next <= now ? undefined : this.#ports.clock.after(next - now, () => this.#next());
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
    const wanted = this.#readings.get(key) === reading;
    if (wanted && !reading.fact) {
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(reading.failures - 1, 10));
      this.#due.set(key, this.#ports.clock.now() + pauseMs);
    }
    this.#next();
    if (wanted && reading.fact) for (const listener of this.#listeners) listener(key);
  }
}

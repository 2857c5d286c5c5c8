import { setImmediate } from 'node:timers/promises';
import { ApiError } from '../runtime/errors.ts';
import { keyOf, type Stored } from '../runtime/kind.ts';
import { eventLoop } from '../runtime/turns.ts';
import { parseEvent } from './event.ts';
import { Intake, WatchEnd } from './intake.ts';
import { lines } from './lines.ts';
import { listAll, selectorQuery, type Scope } from './list.ts';
import { collectionPath, resourceName } from './paths.ts';
import { Backoff } from './pause.ts';
import type { Recorder, WatchFault } from './recorder.ts';
import type { Store } from './store.ts';
import type { Transport } from './transport.ts';

export interface ReflectorOptions extends Scope {
  readonly transport: Transport;
  readonly recorder: Pick<Recorder, 'watchFault'>;
  readonly store: Store;
}

export interface ReflectorHealth {
  readonly resource: string;
  /** The cache holds a whole list. It stays true: a cache that lags is still of use. */
  readonly synced: boolean;
  /** A watch is open. */
  readonly watching: boolean;
  /** In milliseconds since 1970: the last whole list, and the last line of a watch. */
  readonly lastSync: number | undefined;
  readonly lastContact: number | undefined;
  /** Why the last watch ended, until there is a new one. */
  readonly error: string | undefined;
}

/** A watch that lasted this long was a good one. */
const steadyMs = 10_000;

/**
 * Keeps the store of one resource equal to what the API server has, until it is stopped. Whatever happens to a watch,
 * the next one goes on from the last resourceVersion, or from a new list when that version is gone.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #name: string;
  readonly #intake: Intake;
  readonly #abort = new AbortController();
  readonly #synced = Promise.withResolvers<undefined>();
  #ended: Promise<void> = Promise.resolve();
  /** The API server can send the initial objects by watch. */
  #watchList = true;
  #health: Omit<ReflectorHealth, 'resource'> = { synced: false, watching: false, lastSync: undefined, lastContact: undefined, error: undefined };

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#name = resourceName(options.resource);
    this.#intake = new Intake(options.store, options.resource);
    // Nobody need have asked for it.
    this.#synced.promise.catch(() => undefined);
  }

  /** Resolves when the store holds a whole list. */
  start(): Promise<undefined> {
    this.#ended = this.#run();
    return this.#synced.promise;
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    await this.#ended;
    this.#synced.reject(new Error('stopped'));
  }

  health(): ReflectorHealth {
    return { resource: this.#name, ...this.#health };
  }

  async #run(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#isStopped()) {
      const startedAt = Date.now();
      const from = this.#intake.resume;
      const error = await this.#follow().catch((caught: unknown) => caught);
      if (this.#isStopped()) return;
      const steady = Date.now() - startedAt > steadyMs;
      if (steady || this.#intake.resume !== from) backoff.reset();
      this.#note({ watching: false });
      if (error !== undefined) this.#judge(error);
      // One turn of the event loop, and the next watch takes over the connection of this one.
      if (error === undefined && steady) await setImmediate();
      else await backoff.wait(this.#abort.signal, error instanceof ApiError ? error.retryAfterMs : undefined);
    }
  }

  /** Lists if need be, and watches until the watch ends. */
  async #follow(): Promise<void> {
    if (this.#intake.resume === undefined && !this.#watchList) await this.#list();
    const { resource, namespace, transport } = this.#options;
    const path = collectionPath(resource, namespace);
    const body = await transport.stream({ path, query: this.#query() }, this.#abort.signal);
    this.#intake.begin();
    this.#note({ watching: true, error: undefined });
    for await (const line of lines(body)) {
      this.#take(line);
      const next = eventLoop.yield();
      if (next) await next;
    }
    if (this.#intake.gathering) throw new WatchEnd('broken', 'the watch ended before all objects had come');
  }

  #query(): Record<string, string> {
    const { resume } = this.#intake;
    return {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(300 + Math.floor(Math.random() * 301)),
      ...(resume === undefined ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : { resourceVersion: resume }),
      ...selectorQuery(this.#options.resource),
    };
  }

  #take(line: string): void {
    if (this.#intake.takeEcho(line)) {
      this.#note({ lastContact: Date.now() });
      return;
    }
    const event = parseEvent(line);
    if (event === undefined) throw new WatchEnd('malformed', 'a line of the watch cannot be read');
    this.#note({ lastContact: Date.now() });
    const { gathering } = this.#intake;
    const fault = this.#intake.take(event);
    if (fault !== undefined) this.#options.recorder.watchFault(this.#name, fault);
    if (gathering && !this.#intake.gathering) this.#noteSynced();
  }

  async #list(): Promise<void> {
    const objects = new Map<string, Stored>();
    const { transport } = this.#options;
    const { version } = await listAll(transport, this.#options, this.#abort.signal, (metadata, live) => {
      if (metadata === undefined) this.#options.recorder.watchFault(this.#name, 'malformed');
      else objects.set(keyOf(metadata), this.#intake.project(metadata, live));
    });
    this.#intake.replace(objects, version);
    this.#noteSynced();
  }

  /** Counts the error, and decides whether the next watch goes on from where this one ended. */
  #judge(error: unknown): void {
    const fault = faultOf(error);
    this.#note({ error: error instanceof Error ? error.message : 'unknown error' });
    this.#options.recorder.watchFault(this.#name, fault, error);
    const refused = error instanceof ApiError && [400, 404, 422].includes(error.status);
    // Before 1.27, and where the feature is off, `sendInitialEvents` is refused as an invalid parameter.
    if (refused && this.#intake.resume === undefined && error.status !== 404) this.#watchList = false;
    // What the unreadable line said is lost, and a request that was refused for what it says would be refused again.
    if (refused || fault === 'expired' || fault === 'malformed') this.#intake.relist();
  }

  #isStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  #noteSynced(): void {
    this.#note({ synced: true, lastSync: Date.now() });
    this.#synced.resolve(undefined);
  }

  #note(news: Partial<Omit<ReflectorHealth, 'resource'>>): void {
    this.#health = { ...this.#health, ...news };
  }
}

function faultOf(error: unknown): WatchFault {
  if (error instanceof WatchEnd) return error.fault;
  return error instanceof ApiError && error.status === 410 ? 'expired' : 'broken';
}

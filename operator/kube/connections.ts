import { Agent, Pool, type Dispatcher } from 'undici';
import type { Access, Credentials } from './credentials.ts';
import type { Recorder } from './recorder.ts';

/** One HTTP request as it leaves this process, without the credentials. */
export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** A watch: its answer goes on for minutes. */
  readonly stream: boolean;
  /** It waits behind no other request. */
  readonly urgent?: boolean | undefined;
  /** Called when its turn on a connection has come; when it throws, nothing is sent, and the rejection is NotSent. */
  readonly before?: (() => void) | undefined;
}

/** The request was stopped by its own `before`, whose error is the cause. */
export class NotSent extends Error {}

export interface Incoming {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The header of this name: whole seconds, by the clock of whoever answered. */
  readonly date?: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Every call to the API server goes through one function of this type, so a test can count and break them all. */
export type Send = (request: Outgoing) => Promise<Incoming>;

export interface ConnectionOptions {
  readonly credentials: Credentials;
  readonly recorder: Pick<Recorder, 'connected'>;
  /** A watch on which nothing comes for this long is dead: bookmarks come each minute. */
  readonly watchIdleMs?: number;
}

interface Dispatchers {
  readonly fingerprint: string;
  readonly requests: Dispatcher;
  /** Opens as many connections as there are requests: for watches, and for what is urgent. */
  readonly unshared: Agent;
}

/**
 * As many as 16 workers have under way when each writes two children. What waits for a connection leaves the API server
 * idle: `npm run bench` used 61 % of two processors with 6 of them, 65 % with 12, and 71 % with 32.
 */
export const mostRequests = 32;

/**
 * The connections to the API server. HTTP/1.1, because all streams of one HTTP/2 connection fail together and stay on
 * one replica of the API server.
 */
export class Connections {
  readonly #options: ConnectionOptions;
  #dispatchers: Dispatchers | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  readonly send: Send = async (request) => {
    const access = await this.#options.credentials.current();
    const { requests, unshared } = this.#dispatchersFor(access);
    const { statusCode, headers, body } = await (request.stream || request.urgent === true ? unshared : requests).request({
      origin: access.server.origin,
      path: access.server.pathname.replace(/\/$/, '') + request.path,
      method: request.method,
      headers: { ...request.headers, ...access.headers },
      body: request.body ?? null,
      signal: request.signal,
      opaque: request.before,
    });
    return { status: statusCode, retryAfter: only(headers['retry-after']), date: only(headers.date), body };
  };

  async close(): Promise<void> {
    const open = this.#dispatchers;
    this.#dispatchers = undefined;
    await Promise.all([open?.requests.destroy(), open?.unshared.destroy()]);
  }

  #dispatchersFor(access: Access): Dispatchers {
    if (this.#dispatchers?.fingerprint === access.fingerprint) return this.#dispatchers;
    const old = this.#dispatchers;
    this.#dispatchers = this.#open(access);
    // What runs on the old connections ends in its own time: a watch within ten minutes.
    if (old !== undefined) void Promise.allSettled([old.requests.close(), old.unshared.close()]);
    return this.#dispatchers;
  }

  #open(access: Access): Dispatchers {
    const connect = { ...access.tls, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const shared = { allowH2: false, connect, connectTimeout: 10_000, keepAliveTimeout: 60_000, headersTimeout: 30_000 };
    const requests = new Pool(access.server.origin, { ...shared, connections: mostRequests, bodyTimeout: 60_000 });
    const unshared = new Agent({ ...shared, bodyTimeout: this.#options.watchIdleMs ?? 80_000 });
    for (const dispatcher of [requests, unshared]) dispatcher.on('connect', () => this.#options.recorder.connected());
    return { fingerprint: access.fingerprint, requests: requests.compose(asking), unshared };
  }
}

/** Asks a request's `before` once more when it leaves: it may have waited for a connection since it was made, and this process may have stood still. */
const asking: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { opaque } = options as Dispatcher.RequestOptions<unknown>;
  return dispatch(options, isBefore(opaque) ? asked(handler, opaque) : handler);
};

function only(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function isBefore(opaque: unknown): opaque is NonNullable<Outgoing['before']> {
  return typeof opaque === 'function';
}

function asked(handler: Dispatcher.DispatchHandler, before: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => {
      try {
        before();
      } catch (cause) {
        throw new NotSent('not sent', { cause });
      }
      handler.onRequestStart?.(...args);
    },
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}

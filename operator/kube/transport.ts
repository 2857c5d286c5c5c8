import { text } from 'node:stream/consumers';
import { ApiError } from '../runtime/errors.ts';
import { asRecord } from '../runtime/json.ts';
import type { Json } from '../runtime/kind.ts';
import { Connections, NotSent, type Incoming, type Outgoing, type Send } from './connections.ts';
import { Credentials, loadConfig, type ConfigSource } from './credentials.ts';
import { jittered, pause } from './pause.ts';
import type { Recorder } from './recorder.ts';

export interface ApiRequest {
  readonly method: Outgoing['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly contentType?: string;
  readonly deadlineMs?: number;
  /** It waits behind no other request. */
  readonly urgent?: boolean;
  /** How often to try when the API server says that it is busy. */
  readonly tries?: number;
  /** Called before each try, and again when it leaves; what it throws ends the request. */
  readonly before?: (() => void) | undefined;
  /** Ends the request, and the wait between two tries. */
  readonly signal?: AbortSignal;
}

export interface TransportOptions {
  readonly send: Send;
  readonly recorder: Pick<Recorder, 'request'>;
  /** Called when the API server no longer accepts the credentials, before the one further try. */
  readonly renew?: () => void;
  readonly close?: () => Promise<void>;
}

/** A longer wait than this is left to the caller, whose work queue can do something else in the meantime. */
const longestWaitMs = 5_000;
const defaultRetryAfterMs = 1_000;

/** HTTP to the API server: deadlines, retries of what it refuses for being busy, and its refusals as ApiError. */
export class Transport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** Rejected with ApiError when the API server refuses, with another Error when there is no answer. */
  async request(request: ApiRequest): Promise<Json> {
    return this.#answered(request, async (answer) => parsed(await text(answer.body)));
  }

  /** As `request`, with the time of the answer by the API server's clock, in milliseconds since the epoch; undefined when it does not say. */
  async dated(request: ApiRequest): Promise<{ readonly live: Json; readonly at: number | undefined }> {
    return this.#answered(request, async (answer) => ({ live: parsed(await text(answer.body)), at: timeOf(answer.date) }));
  }

  /** A GET of something that is not JSON, such as a log. Rejected when it has more bytes than this. */
  async text(request: Pick<ApiRequest, 'path' | 'query' | 'deadlineMs'>, maxBytes: number): Promise<string> {
    return this.#answered({ ...request, method: 'GET' }, (answer) => bounded(answer.body, maxBytes));
  }

  /** A GET whose answer is read as it comes. Ends with an error when the signal fires. */
  async stream(request: Pick<ApiRequest, 'path' | 'query'>, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const get: ApiRequest = { ...request, method: 'GET', tries: 1, signal };
    return this.#retrying(get, async () => {
      const answer = await this.#exchange(get, signal, true);
      if (answer.status < 300) return answer.body;
      throw refusal(get, answer, await text(answer.body));
    });
  }

  async close(): Promise<void> {
    await this.#options.close?.();
  }

  /** Makes a request, within its deadline, and reads its answer when it is not a refusal. */
  async #answered<T>(request: ApiRequest, read: (answer: Incoming) => Promise<T>): Promise<T> {
    return this.#retrying(request, async () => {
      const deadlineMs = request.deadlineMs ?? 30_000;
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, request.signal]);
      try {
        const answer = await this.#exchange(request, signal, false);
        if (answer.status < 300) return await read(answer);
        throw refusal(request, answer, await text(answer.body));
      } finally {
        clearTimeout(timer);
      }
    });
  }

  async #retrying<T>(request: ApiRequest, attempt: () => Promise<T>): Promise<T> {
    let renewed = false;
    for (let tries = 1; ; tries++) {
      request.before?.();
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof NotSent) throw error.cause;
        if (!(error instanceof ApiError)) throw unanswered(request, error);
        if (error.status === 401 && !renewed && this.#options.renew !== undefined) {
          renewed = true;
          this.#options.renew();
          continue;
        }
        const waitMs = error.retryAfterMs;
        if (waitMs === undefined || waitMs > longestWaitMs || tries >= (request.tries ?? 3)) throw error;
        await pause(jittered(waitMs), request.signal);
      }
    }
  }

  async #exchange(request: ApiRequest, signal: AbortSignal, stream: boolean): Promise<Incoming> {
    const startedAt = performance.now();
    let code = '<error>';
    try {
      const answer = await this.#options.send(outgoing(request, signal, stream));
      code = String(answer.status);
      return answer;
    } finally {
      this.#options.recorder.request({ method: request.method, code, seconds: (performance.now() - startedAt) / 1000 });
    }
  }
}

/** A transport over real connections. `intercept` may wrap the one function that all calls go through. */
export function openTransport(options: {
  source: ConfigSource;
  recorder: Recorder;
  watchIdleMs?: number;
  intercept?: (send: Send) => Send;
}): Transport {
  const { recorder } = options;
  const credentials = new Credentials(() => loadConfig(options.source));
  const idle = options.watchIdleMs === undefined ? {} : { watchIdleMs: options.watchIdleMs };
  const connections = new Connections({ credentials, recorder, ...idle });
  return new Transport({
    send: options.intercept?.(connections.send) ?? connections.send,
    recorder,
    renew: () => credentials.renew(),
    close: () => connections.close(),
  });
}

async function bounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function outgoing(request: ApiRequest, signal: AbortSignal, stream: boolean): Outgoing {
  const query = new URLSearchParams(request.query).toString();
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'modelkeeper' };
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
  return {
    method: request.method,
    path: query === '' ? request.path : `${request.path}?${query}`,
    headers,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal,
    stream,
    urgent: request.urgent,
    before: request.before,
  };
}

/** Only the message of a Status is passed on: whatever else answered, its text does not belong in our logs. */
function refusal(request: ApiRequest, answer: Incoming, body: string): ApiError {
  const status = statusOf(body);
  const message = status?.['message'];
  const reason = status?.['reason'];
  return new ApiError(
    answer.status,
    typeof reason === 'string' ? reason : 'Unknown',
    typeof message === 'string' ? message : `${request.method} ${request.path}: HTTP ${answer.status}`,
    retryAfterMs(answer),
  );
}

function statusOf(body: string): Json | undefined {
  try {
    return parsed(body);
  } catch {
    return undefined;
  }
}

function parsed(body: string): Json {
  const value = asRecord(JSON.parse(body));
  if (value === undefined) throw new Error('the answer is not a JSON object');
  return value;
}

function timeOf(date: string | undefined): number | undefined {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** A server error without Retry-After may have come after the write was done, so it is not tried again here. */
function retryAfterMs(answer: Incoming): number | undefined {
  const seconds = Number(answer.retryAfter ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  return answer.status === 429 ? defaultRetryAfterMs : undefined;
}

function unanswered(request: ApiRequest, cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${request.method} ${request.path}: ${detail}`, { cause });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { errors, type Dispatcher } from 'undici';
import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { inferenceIdHeader, versionHeader } from '../dataplane/routing.ts';
import { answer, end } from './answer.ts';
import { TooLarge } from './body.ts';
import { readClasses, type ClassToken } from './classes.ts';
import type { Endpoint } from './endpoint.ts';
import { responseHeaders } from './headers.ts';

/** A response up to this size is held until its predictions are read. */
const holdBytes = 16 * 1024;

export interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly version: string;
  readonly request: Dispatcher.DispatchOptions;
  /** True when responses are JSON of protocol V2 whose classes belong into the id. */
  readonly readsClasses: boolean;
  readonly headersMs: number;
  readonly id: (classes: readonly ClassToken[] | undefined) => string;
  /** Told that an endpoint failed before it answered; names another one of the version if there is one. */
  readonly failedOver: (failed: Endpoint) => Endpoint | undefined;
}

interface Head {
  readonly status: number;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
}

/** One client request on its way through one model pod, or two when the first connection fails. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  #endpoint: Endpoint;
  #controller: Dispatcher.DispatchController | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #retried = false;
  /** The model has sent a byte: from here on the request is not sent again. */
  #answered = false;
  /** The client has its answer or is gone: what the model still does is of no interest. */
  #over = false;
  #brokenOff = false;
  #held: { head: Head; chunks: Buffer[] } | undefined;

  constructor(call: Call, endpoint: Endpoint) {
    this.#call = call;
    this.#endpoint = endpoint;
  }

  /** The model failed after its response had begun, so the client got a part of it. */
  get brokenOff(): boolean {
    return this.#brokenOff;
  }

  start(): void {
    const { request, headersMs } = this.#call;
    const arm = (): void => {
      if (!this.#over && !this.#answered) this.#deadline = setTimeout(() => this.#fail(504, 'the model did not answer in time'), headersMs);
    };
    // The time a client takes to send its body is its own.
    if (request.body instanceof Readable) request.body.once('end', arm);
    else arm();
    this.#endpoint.send(request, this);
  }

  /** The client is gone or has been answered: gives up what is still under way. */
  stop(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#deadline);
    this.#controller?.abort(new Error('the exchange is over'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('the exchange is over'));
  }

  onResponseStarted(): void {
    this.#answered = true;
    clearTimeout(this.#deadline);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, message = ''): void {
    if (status < 200 || this.#over) return;
    const head = { status, message, headers };
    if (this.#call.readsClasses && holdable(head)) {
      this.#held = { head, chunks: [] };
      return;
    }
    this.#begin(head, undefined);
    this.#call.res.on('drain', () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#held !== undefined) this.#held.chunks.push(chunk);
    else if (!this.#over && !this.#call.res.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#endpoint.release();
    if (this.#over) return;
    this.#over = true;
    const { req, res } = this.#call;
    if (this.#held === undefined) {
      end(req, res);
      return;
    }
    const body = Buffer.concat(this.#held.chunks);
    this.#begin(this.#held.head, readClasses(body.toString('utf8')));
    end(req, res, body);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#endpoint.release();
    if (this.#over) return;
    if (this.#retryable(error)) this.#retry();
    else if (error instanceof TooLarge) this.#fail(413, error.message);
    else if (error instanceof errors.InvalidArgumentError) this.#fail(400, 'the request cannot be passed on');
    else this.#fail(502, 'the model failed to answer');
  }

  #retryable(error: Error): boolean {
    return !this.#retried && !this.#answered && !(this.#call.request.body instanceof Readable) && connectionFailed(error);
  }

  #retry(): void {
    this.#retried = true;
    this.#controller = undefined;
    const failed = this.#endpoint;
    const other = this.#call.failedOver(failed);
    if (other === undefined) {
      failed.sendAfresh(this.#call.request, this);
      return;
    }
    this.#endpoint = other;
    other.send(this.#call.request, this);
  }

  #begin({ status, message, headers }: Head, classes: readonly ClassToken[] | undefined): void {
    this.#call.res.writeHead(status, message, responseHeaders(headers, this.#call.version, this.#call.id(classes)));
  }

  #fail(status: number, message: string): void {
    const { req, res, version, id } = this.#call;
    this.stop();
    this.#brokenOff = res.headersSent;
    answer(req, res, status, { body: { error: message }, headers: [versionHeader, version, inferenceIdHeader, id(undefined)] });
  }
}

function holdable({ status, headers }: Head): boolean {
  const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = headers;
  return status === 200 && typeof type === 'string' && /^application\/json\b/i.test(type)
    && typeof length === 'string' && Number(length) <= holdBytes && encoding === undefined;
}

const connectionCodes = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL',
  'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED',
]);

function connectionFailed(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && connectionCodes.has(error.code);
}

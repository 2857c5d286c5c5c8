import type { Json, Resource, Stored } from '../../runtime/kind.ts';
import type { Incoming, Outgoing, Send } from '../connections.ts';
import type { Recorder, WatchFault } from '../recorder.ts';

/** An object of the stub's resource, as its cache keeps it. */
export interface Thing extends Stored {
  readonly value: unknown;
}

export const things: Resource<Thing> = {
  group: 'example.com', version: 'v1', kind: 'Thing', plural: 'things',
  project: (metadata, live) => ({ metadata, value: live['value'] }),
};

export function thing(name: string, resourceVersion: number, more: { uid?: string; metadata?: Json; value?: unknown } = {}): Json & { readonly metadata: Json } {
  const { uid = `uid-${name}`, metadata, value } = more;
  return { metadata: { name, namespace: 'n', uid, resourceVersion: String(resourceVersion), ...metadata }, value };
}

/** The answer to a watch, which the test writes line by line. */
export class Stream {
  readonly #chunks: (Uint8Array | Error | 'end')[] = [];
  #wake: () => void = () => undefined;

  event(type: string, object: Json): this {
    return this.text(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: number, annotations: Json = {}): this {
    return this.event('BOOKMARK', { metadata: { resourceVersion: String(resourceVersion), annotations } });
  }

  /** The bookmark after the initial objects. */
  initialEnd(resourceVersion: number): this {
    return this.bookmark(resourceVersion, { 'k8s.io/initial-events-end': 'true' });
  }

  text(text: string): this {
    return this.#push(new TextEncoder().encode(text));
  }

  end(): this {
    return this.#push('end');
  }

  fail(error: Error): this {
    return this.#push(error);
  }

  async *body(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    signal.addEventListener('abort', () => this.fail(new Error('aborted')));
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) await new Promise<void>((resolve) => { this.#wake = resolve; });
      else if (chunk === 'end') return;
      else if (chunk instanceof Error) throw chunk;
      else yield chunk;
    }
  }

  #push(chunk: Uint8Array | Error | 'end'): this {
    this.#chunks.push(chunk);
    this.#wake();
    return this;
  }
}

export type Answer = Stream | Error | { readonly status: number; readonly body?: Json | string; readonly retryAfter?: string };

/** An API server of which the test says each answer, in order; it fails a request that the test did not foresee. */
export class StubServer {
  readonly requests: Outgoing[] = [];
  readonly #answers: Answer[] = [];

  then(...answers: readonly Answer[]): this {
    this.#answers.push(...answers);
    return this;
  }

  get queries(): readonly URLSearchParams[] {
    return this.requests.map(({ path }) => new URLSearchParams(path.split('?')[1]));
  }

  readonly send: Send = (request) => {
    this.requests.push(request);
    const answer = this.#answers.shift() ?? new Error('no answer foreseen');
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(incoming(answer, request));
  };
}

function incoming(answer: Exclude<Answer, Error>, request: Outgoing): Incoming {
  if (answer instanceof Stream) return { status: 200, retryAfter: undefined, body: answer.body(request.signal) };
  const { status, body = {}, retryAfter } = answer;
  return { status, retryAfter, body: once(typeof body === 'string' ? body : JSON.stringify(body)) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

export function refusal(code: number, reason: string, message = reason): Answer {
  return { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } };
}

/** Keeps what it is told. */
export class Notes implements Recorder {
  readonly codes: string[] = [];
  readonly faults: WatchFault[] = [];
  connections = 0;

  request({ method, code }: { method: string; code: string }): void {
    this.codes.push(`${method} ${code}`);
  }

  connected(): void {
    this.connections++;
  }

  watchFault(_resource: string, fault: WatchFault): void {
    this.faults.push(fault);
  }
}

import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import type { Body } from './body.ts';
import { metadataOf, type Change } from './objects.ts';
import { expired } from './refusal.ts';
import { selected, type Request } from './requests.ts';

/** How an instance is served: with what it sees, and how long answers take to it. */
export interface Line {
  /** Writes to the body when the network has carried it, in the order of the calls. */
  send(write: (body: Body) => void): void;
}

/** One open watch: says what changes of the objects it is about. */
export class Watch {
  readonly #request: Request;
  readonly #line: Line;
  /** What it has told, up to this version. */
  #told: number;

  constructor(request: Request, line: Line, from: number) {
    this.#request = request;
    this.#line = line;
    this.#told = from;
  }

  get plural(): string {
    return this.#request.resource.plural;
  }

  get told(): number {
    return this.#told;
  }

  /** The initial objects, and the bookmark after them. */
  begin(objects: readonly Json[], version: number): void {
    const { resource } = this.#request;
    const events = objects.filter((live) => matches(live, this.#request)).map((object) => eventLine('ADDED', object));
    const metadata = { resourceVersion: String(version), creationTimestamp: null, annotations: { 'k8s.io/initial-events-end': 'true' } };
    events.push(eventLine('BOOKMARK', { kind: resource.kind, metadata }));
    this.#told = version;
    this.#line.send((body) => body.push(events.join('')));
  }

  tell(change: Change): void {
    if (change.version <= this.#told) return;
    this.#told = change.version;
    const event = this.#event(change);
    if (event !== undefined) this.#line.send((body) => body.push(event));
  }

  /** The version that the client would go on from is no longer there: it has to list. */
  expire(): void {
    this.#line.send((body) => {
      body.push(eventLine('ERROR', expired.status));
      body.end();
    });
  }

  end(error?: Error): void {
    this.#line.send((body) => body.end(error));
  }

  /** To a client that selects by labels, an object comes and goes with them. */
  #event({ type, live, before }: Change): string | undefined {
    const was = before !== undefined && matches(before, this.#request);
    const is = type !== 'Deleted' && matches(live, this.#request);
    if (is) return eventLine(was ? 'MODIFIED' : 'ADDED', live);
    return was ? eventLine('DELETED', live) : undefined;
  }
}

export function matches(live: Json, { namespace, query }: Request): boolean {
  const { namespace: own } = metadataOf(live);
  return (namespace === '' || own === namespace) && selected(live, query.get('labelSelector'));
}

function eventLine(type: string, object: Json): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A page of a list; the token of the next one is the number of objects before it and the version of the whole. */
export function page(request: Request, objects: readonly Json[], version: number): Json {
  const { resource, query } = request;
  const all = objects.filter((live) => matches(live, request));
  const from = Number((query.get('continue') ?? '0').split('@')[0]);
  const limit = Number(query.get('limit') ?? all.length);
  const more = from + limit < all.length ? { continue: `${from + limit}@${version}`, remainingItemCount: all.length - from - limit } : {};
  return { kind: `${resource.kind}List`, metadata: asRecord({ resourceVersion: String(version), ...more }), items: all.slice(from, from + limit) };
}

import type { Incoming, Send } from '../../../operator/kube/connections.ts';
import { openTransport, Transport } from '../../../operator/kube/transport.ts';
import { lines } from '../../../operator/kube/lines.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { ApiError } from '../../../operator/runtime/errors.ts';
import { ownedHash } from '../../../operator/runtime/owned.ts';
import { silent } from '../../integration/apiserver.ts';
import { VirtualClock } from './clock.ts';
import { Process } from './process.ts';
import { stream } from '../../../hack/random.ts';
import { ApiServer } from './server.ts';

/** What is known of an object after the last request that answered with it. */
export interface Known {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What a request is made of; `NS` in its path and its body stands for the namespace. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly contentType?: string;
  readonly body?: Json;
}

/** The answer to a request, without what differs between two API servers. */
export interface Outcome {
  readonly code: number;
  readonly reason?: string;
  readonly object?: Json;
  /** Whether the stored object has changed, by its resourceVersion. */
  readonly news?: boolean;
  /** What field managers own, by manager. */
  readonly managed?: Json;
  /** Hash of what `modelkeeper` owns. */
  readonly owned?: string;
}

/** An API server that requests are tried on, the real or the simulated one. */
export class Twin {
  readonly namespace: string;
  readonly transport: Transport;
  readonly close: () => Promise<void>;
  readonly known = new Map<string, Known>();
  #code = 0;

  private constructor(namespace: string, open: (intercept: (send: Send) => Send) => { readonly transport: Transport; readonly close: () => Promise<void> }) {
    this.namespace = namespace;
    const { transport, close } = open((send) => async (request): Promise<Incoming> => {
      const answer = await send(request);
      this.#code = answer.status;
      return answer;
    });
    this.transport = transport;
    this.close = close;
  }

  static real(kubeconfig: string, namespace: string): Twin {
    return new Twin(namespace, (intercept) => {
      const transport = openTransport({ source: { file: kubeconfig }, recorder: silent, intercept });
      return { transport, close: () => transport.close() };
    });
  }

  static simulated(namespace: string): { readonly twin: Twin; readonly server: ApiServer; readonly clock: VirtualClock } {
    const clock = new VirtualClock({
      startMs: Date.now(),
      onError: (error) => {
        throw error;
      },
    });
    const server = new ApiServer({ clock, random: stream(1, 'parity'), log: () => undefined });
    const twin = new Twin(namespace, (intercept) => ({
      transport: new Transport({ send: intercept(server.sendOf(new Process())), recorder: silent }),
      close: () => {
        clock.close();
        return Promise.resolve();
      },
    }));
    return { twin, server, clock };
  }

  /** Makes a request, which may depend on what is known of objects by name. */
  async try(call: Call): Promise<Outcome> {
    const { method, path, contentType, body } = located(call, this.namespace);
    const [at = '', query = ''] = path.split('?');
    try {
      const answer = await this.transport.request({
        method, path: at, query: Object.fromEntries(new URLSearchParams(query)),
        ...(contentType === undefined ? {} : { contentType }), ...(body === undefined ? {} : { body }),
      });
      return this.#outcome(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { code: error.status, reason: error.reason };
    }
  }

  /** Opens a watch, and reads on when it is asked to: the events until one of this type, as `TYPE name`. */
  async watch(path: string, query: Readonly<Record<string, string>>): Promise<{ until(type: string): Promise<readonly string[]>; close(): void }> {
    const abort = new AbortController();
    const events = lines(await this.transport.stream({ path: located(path, this.namespace), query: { watch: 'true', ...query } }, abort.signal));
    return {
      until: async (type) => {
        const seen: string[] = [];
        for (;;) {
          const next = await events.next();
          const event = asRecord(next.done === true ? { type: 'END' } : JSON.parse(next.value));
          const object = asRecord(event?.['object']);
          const name = asRecord(object?.['metadata'])?.['name'] ?? object?.['code'];
          seen.push(`${String(event?.['type'])}${typeof name === 'string' || typeof name === 'number' ? ` ${name}` : ''}`);
          if (next.done === true || String(seen.at(-1)).startsWith(type)) return seen;
        }
      },
      close: () => abort.abort(),
    };
  }

  #outcome(answer: Json): Outcome {
    const metadata = asRecord(answer['metadata']);
    if (answer['kind'] === 'Status' || typeof metadata?.['uid'] !== 'string') return { code: this.#code };
    const key = `${String(answer['kind'])}/${String(metadata['name'])}`;
    const before = this.known.get(key);
    const known = { uid: metadata['uid'], resourceVersion: String(metadata['resourceVersion']) };
    this.known.set(key, known);
    return {
      code: this.#code, object: general(answer, this.namespace), news: before?.resourceVersion !== known.resourceVersion,
      managed: managedOf(answer), owned: ownedHash(located(answer, 'NS', this.namespace), 'modelkeeper'),
    };
  }
}

function located<T>(value: T, namespace: string, instead = 'NS'): T {
  return JSON.parse(JSON.stringify(value).replaceAll(new RegExp(`(?<![A-Za-z0-9-])${instead}(?![A-Za-z0-9-])`, 'g'), namespace)) as T;
}

/** The object without times, uids and versions. */
function general(live: Json, namespace: string): Json {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, managedFields: _managed, deletionTimestamp, deletionGracePeriodSeconds: _grace, ...metadata } = asRecord(live['metadata']) ?? {};
  return located({ ...live, metadata: { ...metadata, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp: 'set' }) } }, 'NS', namespace);
}

/** Without `.`, the mark of a whole that has parts: nobody looks at it, and who gets it depends on how one writes. */
function managedOf(live: Json): Json {
  const entries = asItems(asRecord(live['metadata'])?.['managedFields']).map(asRecord).filter((entry) => entry !== undefined);
  return Object.fromEntries(entries.map(({ manager, operation, subresource, fieldsV1 }) => [
    [manager, operation, subresource].filter((part) => typeof part === 'string').join(' '), unmarked(fieldsV1),
  ]));
}

function unmarked(tree: unknown): unknown {
  return Object.fromEntries(Object.entries(asRecord(tree) ?? {}).filter(([step]) => step !== '.').map(([step, below]) => [step, unmarked(below)]));
}

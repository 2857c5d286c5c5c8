import type { Incoming, Outgoing, Send } from '../../../operator/kube/connections.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { Api, type Answer } from './api.ts';
import { Body } from './body.ts';
import type { VirtualClock } from './clock.ts';
import { Objects } from './objects.ts';
import { Process } from './process.ts';
import { between, type Random } from '../../../hack/random.ts';
import { expired, Refusal } from './refusal.ts';
import { requestOf, type Request } from './requests.ts';
import { resourceOf } from './resources.ts';
import { everything, type Eyes } from './sight.ts';
import { page, Watch, type Line } from './watches.ts';

export interface ServerOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** The log of a container; undefined when there is none. */
  readonly log: (at: { readonly namespace: string; readonly pod: string; readonly container: string }) => string | undefined;
}

interface Open {
  readonly watch: Watch;
  readonly eyes: Eyes;
}

/**
 * An API server in memory, as its clients see it: one function that takes requests. What a request does happens at once,
 * a moment after it was sent; its answer takes a moment, too.
 */
export class ApiServer {
  readonly objects: Objects;
  readonly #options: ServerOptions;
  readonly #api: Api;
  readonly #watches = new Set<Open>();
  /** Changes up to this version are forgotten. */
  #compacted = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    const now = (): number => options.clock.now;
    this.objects = new Objects(now);
    this.#api = new Api(this.objects, now);
    this.objects.onChange((change) => {
      for (const { watch, eyes } of this.#watches) if (watch.plural === change.plural && eyes.sees(change)) watch.tell(change);
    });
  }

  /** A request of someone whose requests take no time. Throws a Refusal. */
  ask(request: Pick<Outgoing, 'method' | 'path' | 'body'> & { readonly headers?: Outgoing['headers'] }): Json {
    return this.#api.handle(requestOf({ headers: {}, ...request })).body;
  }

  /** Begins to delete an object, as a controller does. */
  leave(live: Json, plural: string): void {
    this.#api.leave(live, resourceOf(plural));
  }

  /** The way of one process to this server. */
  sendOf(process: Process, eyes: Eyes = everything): Send {
    const { clock, random } = this.#options;
    return (outgoing) => new Promise<Incoming>((resolve, reject) => {
      outgoing.signal.addEventListener('abort', () => reject(asError(outgoing.signal.reason)), { once: true });
      // It is on its way, whatever becomes of the process.
      Process.outside(() => clock.after(between(random, 1, 3), () => {
        const incoming = { ...this.#answer(outgoing, { process, eyes }), date: new Date(clock.now).toUTCString() };
        clock.after(between(random, 1, 3), () => process.deliver(() => resolve(incoming)));
      }));
    });
  }

  /** Forgets what has changed so far: whoever goes on from before must list. */
  compact(): void {
    this.#compacted = this.objects.version;
  }

  /** Ends watches without a word, as a proxy does that is restarted; all of them, or those of one resource. */
  breakWatches(plural?: string): void {
    for (const open of this.#watches) {
      if (plural !== undefined && open.watch.plural !== plural) continue;
      this.#watches.delete(open);
      open.watch.end(new Error('terminated'));
    }
  }

  /** Whoever has seen less than there is by now is told, or must list. */
  catchUp(eyes: Eyes, how: 'Tell' | 'Expire', plural?: string): void {
    for (const open of [...this.#watches]) {
      if (open.eyes !== eyes || (plural !== undefined && open.watch.plural !== plural)) continue;
      if (how === 'Tell') this.#replay(open.watch, eyes);
      else {
        this.#watches.delete(open);
        open.watch.expire();
      }
    }
  }

  #answer(outgoing: Outgoing, to: { readonly process: Process; readonly eyes: Eyes }): Incoming {
    try {
      const request = requestOf(outgoing);
      if (request.subresource === 'log') return this.#log(request);
      if (outgoing.stream) return { status: 200, retryAfter: undefined, body: this.#watch(request, outgoing, to) };
      const { code, body } = this.#look(request, to.eyes) ?? this.#api.handle(request);
      return { status: code, retryAfter: undefined, body: Body.of(JSON.stringify(body)) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.code, retryAfter: undefined, body: Body.of(JSON.stringify(error.status)) };
    }
  }

  /** A list; undefined when something else is asked for. */
  #look(request: Request, eyes: Eyes): Answer | undefined {
    if (request.method !== 'GET' || request.name !== undefined) return undefined;
    const { objects, version } = eyes.list(this.objects, request.resource.plural);
    return { code: 200, body: page(request, objects, version) };
  }

  #log({ namespace, name = '', query }: Request): Incoming {
    const text = this.#options.log({ namespace, pod: name, container: query.get('container') ?? '' });
    if (text === undefined) throw new Refusal(404, 'NotFound', `pods "${name}" not found`);
    return { status: 200, retryAfter: undefined, body: Body.of(text) };
  }

  #watch(request: Request, { signal }: Outgoing, { process, eyes }: { readonly process: Process; readonly eyes: Eyes }): Body {
    const { query, resource } = request;
    const body = new Body();
    const since = query.get('resourceVersion');
    if (since !== null && Number(since) < this.#compacted) throw expired;
    const watch = new Watch(request, this.#line(body, process), Number(since));
    const open = { watch, eyes };
    if (since === null) {
      const { objects, version } = eyes.list(this.objects, resource.plural);
      watch.begin(objects, version);
    }
    this.#replay(watch, eyes);
    this.#watches.add(open);
    const close = (): void => void this.#watches.delete(open);
    signal.addEventListener('abort', () => {
      close();
      body.end(asError(signal.reason));
    }, { once: true });
    this.#options.clock.after(1_000 * Number(query.get('timeoutSeconds') ?? '600'), () => {
      if (!this.#watches.has(open)) return;
      close();
      watch.end();
    });
    return body;
  }

  #replay(watch: Watch, eyes: Eyes): void {
    for (const change of this.objects.changes.slice(indexAfter(this.objects.changes, watch.told))) {
      if (change.plural === watch.plural && eyes.sees(change)) watch.tell(change);
    }
  }

  /** What is written on it arrives in order, each piece a moment after it was written. */
  #line(body: Body, process: Process): Line {
    const { clock, random } = this.#options;
    let lastAt = 0;
    return {
      send: (write) => {
        lastAt = Math.max(lastAt, clock.now + between(random, 1, 4));
        Process.outside(() => clock.after(lastAt - clock.now, () => process.deliver(() => write(body))));
      },
    };
  }
}

/** Changes are in the order of their versions. */
function indexAfter(changes: readonly { readonly version: number }[], version: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.version ?? 0) <= version) low = middle + 1;
    else high = middle;
  }
  return low;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}

import { createPublicKey, type KeyObject } from 'node:crypto';
import type { AdminRequest, Exchange } from '../../../../operator/dataplane/exchange.ts';
import { RouterConfig, RouterFile, type Summary } from '../../../../operator/dataplane/routing.ts';
import { signatureHeader, timeHeader, verifyRequest } from '../../../../operator/dataplane/signature.ts';
import { refuse } from '../../../../operator/router/configuration.ts';
import { Window } from '../../../../operator/router/counts.ts';
import { Schedule, seededRandom } from '../../../../operator/router/schedule.ts';
import { asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import type { Outside } from '../../world.ts';
import { Process } from '../process.ts';
import { mountedMaps, type Routers } from './kubelet.ts';
import { uidOf, type Scene } from './scene.ts';
import { Counter } from './traffic.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Requests that a router gets in a second. */
const requestsPerSecond = 4;
/** How often it is looked whether clients have begun to send some. */
const restMs = 5_000;

/** A router, with the operator's side of the real one: signatures, terms and counters. */
class Router {
  readonly #uid: string;
  readonly #publicKey: KeyObject;
  readonly #counter = new Counter();
  #config: RouterConfig;
  #pushedMs: number | undefined;
  #window: Window;
  #schedule: Schedule;
  #failures = 0;
  /** A question has been answered since the last configuration. */
  #asked = false;

  constructor(uid: string, { publicKey, config }: RouterFile) {
    this.#uid = uid;
    this.#publicKey = createPublicKey(publicKey);
    this.#config = config;
    this.#window = new Window(config.window);
    this.#schedule = new Schedule(config.targets, seededRandom(uid));
    this.#counter.configure(config);
  }

  /** Of questions only the first after each configuration has its signature verified, which takes longer than all else here. */
  reply({ method, path, body, headers }: AdminRequest, nowMs: number): Reply {
    const timeMs = Number(headers[timeHeader]);
    const signature = headers[signatureHeader] ?? '';
    const trusted = method === 'GET' && this.#asked && signature !== '';
    if (!trusted && !verifyRequest({ method, path, body, timeMs }, signature, this.#publicKey, nowMs)) return { status: 401, body: undefined };
    this.#asked = method === 'GET';
    return method === 'PUT' ? this.#configure(body, timeMs) : { status: 200, body: this.#summary(new URLSearchParams(path.split('?')[1])) };
  }

  /** Takes the requests of one second, which clients send whatever the router is told. */
  serve(requests: Outside['requests'], nowMs: number): void {
    if (requests.amounts === 'none') return;
    for (let sent = 0; sent < requestsPerSecond; sent += 1) {
      const version = this.#schedule.next();
      const target = this.#config.targets.find((one) => one.version === version);
      if (target === undefined) continue;
      const failing = requests.failing.has(target.version) && (this.#failures += 1) % 2 === 0;
      const fails = failing || (this.#pushedMs !== undefined && target.endpoints.length === 0);
      this.#counter.count(target.version, { nowMs, window: this.#window, amounts: requests.amounts, fails });
    }
  }

  #configure(body: string, timeMs: number): Reply {
    const config = RouterConfig.safeParse(JSON.parse(body)).data;
    if (config === undefined) return { status: 422, body: undefined };
    const refusal = refuse(config, timeMs, { config: this.#config, timeMs: this.#pushedMs });
    if (refusal !== undefined) return { status: refusal.status, body: undefined };
    if (config.window !== this.#window.name) this.#window = new Window(config.window);
    if (!this.#schedule.hasShares(config.targets)) this.#schedule = new Schedule(config.targets, seededRandom(`${this.#uid}/${config.revision}`));
    this.#config = config;
    this.#pushedMs = timeMs;
    this.#counter.configure(config);
    return { status: 200, body: { revision: config.revision } };
  }

  #summary(query: URLSearchParams): Summary {
    const summary = { podUid: this.#uid, revision: this.#config.revision, window: this.#window.name, counts: this.#window.counts() };
    const since = query.get('since');
    if (since === null) return summary;
    const cursor = query.get('instance') === this.#uid ? Number(since) : 0;
    return { ...summary, panes: { instance: this.#uid, ...this.#counter.panes.changedAfter(cursor, Number(query.get('from') ?? '0')) } };
  }
}

/** The routers that run, by the addresses of their pods. */
export class RouterNetwork implements Routers {
  readonly #scene: Scene;
  readonly #outside: Outside;
  readonly #routers = new Map<string, { readonly uid: string; readonly router: Router }>();

  constructor(scene: Scene, outside: Outside) {
    this.#scene = scene;
    this.#outside = outside;
  }

  start(pod: Json, address: string): void {
    const map = mountedMaps(pod).map((key) => this.#scene.objects.get('configmaps', key)).find((one) => asRecord(one?.['data'])?.['router.json'] !== undefined);
    const file = RouterFile.parse(JSON.parse(String(asRecord(map?.['data'])?.['router.json'])));
    const one = { uid: uidOf(pod), router: new Router(uidOf(pod), file) };
    this.#routers.set(address, one);
    const serve = (): void => {
      if (this.#routers.get(address) !== one) return;
      one.router.serve(this.#outside.requests, this.#scene.clock.now);
      this.#scene.clock.after(this.#outside.requests.amounts === 'none' ? restMs : 1_000, serve);
    };
    this.#scene.clock.after(1_000, serve);
  }

  stop(pod: Json): void {
    for (const [address, { uid }] of this.#routers) if (uid === uidOf(pod)) this.#routers.delete(address);
  }

  /** The way of one process to the routers. What does not answer is given up after a while. */
  exchangeOf(process: Process): Exchange {
    return {
      ask: (request) => new Promise((resolve, reject) => Process.outside(() => this.#scene.soon(1, 5, () => {
        const reply = this.#routers.get(request.ip)?.router.reply(request, this.#scene.clock.now);
        if (reply === undefined) this.#scene.clock.after(2_000, () => process.deliver(() => reject(new Error('the router does not answer'))));
        else this.#scene.soon(1, 5, () => process.deliver(() => resolve(reply)));
      }))),
      close: () => Promise.resolve(),
    };
  }
}

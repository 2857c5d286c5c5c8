import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RouterConfig, routerPorts, type Counts, type Pane } from '../../dataplane/routing.ts';
import { noOutcomes } from '../../profile/window.ts';
import { signatureHeader, timeHeader, verifyRequest } from '../../dataplane/signature.ts';
import type { Clock } from '../../runtime/queue.ts';
import { httpExchange } from '../../dataplane/exchange.ts';
import { toldOf } from './routing.ts';
import { RouterFleet, type RouterWant } from './source.ts';

const keys = generateKeyPairSync('ed25519');
const key = 'ml/scorer';

/** A router's admin port, as far as the operator sees it: it takes what is signed, and tells what it has taken. */
class FakeRouter {
  readonly pushed: RouterConfig[] = [];
  readonly times: number[] = [];
  readonly ip: string;
  revision = 'cold-start';
  refusing = false;
  counts: Counts[] = [];
  instance = 'one';
  /** By the cursor at which they changed. */
  panes: Pane[] = [];
  /** Resolves when the router has been asked for its counters. */
  asked = Promise.withResolvers<undefined>();
  #gate: Promise<unknown> | undefined;
  readonly #server: Server;

  constructor(ip: string) {
    this.ip = ip;
    this.#server = createServer((req, res) => void this.#handle(req, res));
  }

  async listen(): Promise<this> {
    this.#server.listen(routerPorts.admin, this.ip);
    await once(this.#server, 'listening');
    return this;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Answers nothing before the promise is fulfilled. */
  hold(until: Promise<unknown>): void {
    this.#gate = until;
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = Buffer.concat(await req.toArray() as Buffer[]).toString();
    await this.#gate;
    const [status, answer] = this.#answer(req, body);
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    if (req.method === 'GET') {
      this.asked.resolve(undefined);
      this.asked = Promise.withResolvers<undefined>();
    }
  }

  #answer(req: IncomingMessage, body: string): [number, unknown] {
    const timeMs = Number(req.headers[timeHeader]);
    const signed = { method: req.method ?? '', path: req.url ?? '', body, timeMs };
    if (!verifyRequest(signed, String(req.headers[signatureHeader]), keys.publicKey, timeMs)) return [401, {}];
    if (this.refusing) return [409, {}];
    this.times.push(timeMs);
    if (signed.method === 'PUT') {
      const config = RouterConfig.parse(JSON.parse(body));
      this.pushed.push(config);
      this.revision = config.revision;
      return [200, { revision: this.revision }];
    }
    const query = new URLSearchParams(signed.path.split('?')[1]);
    const told = { podUid: this.ip, revision: this.revision, window: 'steady.fraud-1', counts: this.counts };
    return [200, query.has('since') ? { ...told, panes: this.#panesSince(query) } : told];
  }

  /** One pane in an answer, so that more than one answer is needed. */
  #panesSince(query: URLSearchParams): object {
    const from = query.get('instance') === this.instance ? Number(query.get('since')) : 0;
    const cursor = Math.min(from + 1, this.panes.length);
    return { instance: this.instance, cursor, more: cursor < this.panes.length, list: this.panes.slice(from, cursor) };
  }
}

/** Time that stands still until it is told to pass. */
class ManualClock implements Clock {
  #now = Date.now();
  #timers: { at: number; callback: () => void }[] = [];

  get waiting(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): { cancel(): void } {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return { cancel: () => { this.#timers = this.#timers.filter((other) => other !== timer); } };
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}

let clock: ManualClock;
let fleet: RouterFleet;
let errors: unknown[];
let leading: boolean;
let next: PromiseWithResolvers<string>;
let failed: PromiseWithResolvers<undefined>;
let routers: FakeRouter[];

beforeEach(() => {
  clock = new ManualClock();
  errors = [];
  leading = true;
  routers = [];
  next = Promise.withResolvers<string>();
  failed = Promise.withResolvers<undefined>();
  fleet = new RouterFleet({ exchange: httpExchange(), privateKey: keys.privateKey, clock, term: () => 3, leading: () => leading, onError: (_key, error) => {
    errors.push(error);
    failed.resolve(undefined);
    failed = Promise.withResolvers<undefined>();
  } });
  fleet.onChange((changed) => {
    next.resolve(changed);
    next = Promise.withResolvers<string>();
  });
});

afterEach(async () => {
  await fleet.close();
  await Promise.all(routers.map((router) => router.close()));
});

let hosts = 10 + (process.pid % 200);
async function router(): Promise<FakeRouter> {
  hosts += 1;
  const started = await new FakeRouter(`127.0.${hosts % 250}.${(process.pid % 250) + 1}`).listen();
  routers.push(started);
  return started;
}

const config = (revision: string, epoch = 1): RouterConfig => ({
  epoch, revision, namespace: 'ml', deployment: 'scorer', protocol: 'V2', feedback: false, window: 'steady.fraud-1',
  targets: [{ version: 'fraud-1', weight: 100, endpoints: [], service: 'fraud.ml.svc:8080' }],
});
const want = (of: readonly FakeRouter[], revision = 'one', changes: Partial<RouterWant> = {}): RouterWant => ({
  config: config(revision), routers: of.map(({ ip }) => ({ uid: `uid-${ip}`, ip, ending: false })), following: false, ...changes,
});
const counts: Counts[] = [{ version: 'fraud-1', requests: 7, errors: 0, labels: { correct: 0, total: 0, truePositive: 0, falsePositive: 0, falseNegative: 0 } }];
const counted = (): readonly Counts[] | undefined => [...fleet.facts(key).values()][0]?.summary?.counts;
const revisions = (): (string | undefined)[] => [...fleet.facts(key).values()].map(({ revision }) => revision);
/** Resolves at that many failures; an answer that says the same again is no news. */
async function failures(count: number): Promise<void> {
  while (errors.length < count) await failed.promise;
}

/** Lets time pass and waits for the news that come of it. */
async function news(ms: number): Promise<void> {
  const promise = next.promise;
  clock.pass(ms);
  expect(await promise).toBe(key);
}

test('a signed configuration is pushed, and confirmed', async () => {
  const one = await router();
  fleet.want(key, want([one]));
  await next.promise;
  expect([one.pushed, revisions(), errors]).toEqual([[config('one', 3)], ['one'], []]);
  expect([...fleet.facts(key).values()]).toEqual([{ revision: 'one', summary: { podUid: one.ip, revision: 'one', window: 'steady.fraud-1', counts: [] }, asked: toldOf(config('one')) }]);
});

test('every router gets it', async () => {
  const both = [await router(), await router()];
  fleet.want(key, want(both));
  await next.promise;
  if (revisions().length < 2 || revisions().includes(undefined)) await next.promise;
  expect([both.map(({ pushed }) => pushed.length), revisions()]).toEqual([[1, 1], ['one', 'one']]);
});

test('what is confirmed is pushed once; counters are read again', async () => {
  const one = await router();
  fleet.want(key, want([one], 'one', { following: true }));
  await next.promise;
  one.counts = counts;
  await news(1_000);
  expect([one.pushed.length, counted()]).toEqual([1, counts]);
});

test('counters that nobody follows are read, but are no news', async () => {
  const one = await router();
  fleet.want(key, want([one]));
  await next.promise;
  let told = 0;
  fleet.onChange(() => { told += 1; });
  one.counts = counts;
  clock.pass(15_000);
  await waitUntil(() => counted()?.length === 1);
  expect(told).toBe(0);
});

test('a router that was restarted is told again', async () => {
  const one = await router();
  fleet.want(key, want([one]));
  await next.promise;
  one.revision = 'cold-start';
  await news(15_000);
  expect(revisions()).toEqual(['cold-start']);
  await news(1_000);
  expect([revisions(), one.pushed.map(({ revision }) => revision)]).toEqual([['one'], ['one', 'one']]);
});

test('pods that come and go are pushed, although the revision stays', async () => {
  const one = await router();
  fleet.want(key, want([one]));
  await next.promise;
  const { asked } = one;
  const moved = { ...config('one'), targets: config('one').targets.map((target) => ({ ...target, endpoints: ['10.0.0.1:8080'] })) };
  fleet.want(key, want([one], 'one', { config: moved }));
  await asked.promise;
  expect(one.pushed).toEqual([config('one', 3), { ...moved, epoch: 3 }]);
});

test('a leader that has been replaced tells routers nothing', async () => {
  const one = await router();
  leading = false;
  fleet.want(key, want([one]));
  clock.pass(250);
  leading = true;
  await news(250);
  expect([one.pushed.length, one.times.length]).toEqual([1, 2]);
});

test('a router that does not answer is asked less and less often', async () => {
  const one = await router();
  one.refusing = true;
  fleet.want(key, want([one]));
  await next.promise;
  clock.pass(1_000);
  await failures(2);
  clock.pass(1_999);
  expect(errors).toHaveLength(2);
  clock.pass(250);
  await failures(3);
});

test('a configuration that comes while a router is being told another one does not wait', async () => {
  const one = await router();
  const gate = Promise.withResolvers<undefined>();
  one.hold(gate.promise);
  fleet.want(key, want([one]));
  fleet.want(key, want([one], 'two'));
  const first = next.promise;
  gate.resolve(undefined);
  await first;
  await news(250);
  expect([one.pushed.map(({ revision }) => revision), revisions()]).toEqual([['one', 'two'], ['two']]);
});

test('what a router said is forgotten when it does not answer any more', async () => {
  const one = await router();
  fleet.want(key, want([one], 'one', { following: true }));
  await next.promise;
  one.refusing = true;
  await news(1_000);
  expect([[...fleet.facts(key).values()], errors.map(String)]).toEqual([
    [{ revision: undefined, summary: undefined, asked: toldOf(config('one')) }], ['Error: the router answered GET /summary with 409'],
  ]);
  one.refusing = false;
  await news(1_000);
  expect([revisions(), one.pushed.length]).toEqual([['one'], 2]);
});

test('a router that cannot be told something else is news once more, and then only when it answers', async () => {
  const one = await router();
  one.refusing = true;
  fleet.want(key, want([one]));
  await next.promise;
  let told = 0;
  fleet.onChange(() => { told += 1; });
  clock.pass(1_000);
  await failures(2);
  expect(told).toBe(0);
  fleet.want(key, want([one], 'two'));
  await failures(3);
  await setImmediate();
  expect([told, [...fleet.facts(key).values()].map(({ asked }) => asked)]).toEqual([1, [toldOf(config('two'))]]);
});

test('a signing key that the router does not know moves nothing', async () => {
  const one = await router();
  const stranger = new RouterFleet({ exchange: httpExchange(), privateKey: generateKeyPairSync('ed25519').privateKey, clock, term: () => 3, leading: () => true, onError: (_key, error) => errors.push(error) });
  const told = Promise.withResolvers<string>();
  stranger.onChange(told.resolve);
  stranger.want(key, want([one]));
  await told.promise;
  await stranger.close();
  expect([one.pushed, errors.map(String)]).toEqual([[], ['Error: the router answered PUT /config with 401']]);
});

test('each request is signed with a later time, also when the clock stands still', async () => {
  const one = await router();
  fleet.want(key, want([one]));
  await next.promise;
  const { asked } = one;
  fleet.want(key, want([one], 'two'));
  await asked.promise;
  expect(one.times).toHaveLength(4);
  expect(one.times).toEqual([...new Set(one.times)].sort((a, b) => a - b));
});

test('one timer serves all, and rests when nothing is wanted', async () => {
  const both = [await router(), await router()];
  expect(clock.waiting).toBe(0);
  fleet.want(key, want(both));
  fleet.want('ml/other', want([]));
  fleet.want(key, want(both));
  await waitUntil(() => fleet.facts(key).size === both.length);
  expect(clock.waiting).toBe(1);
  fleet.want(key, undefined);
  clock.pass(15_000);
  expect([clock.waiting, fleet.facts(key).size]).toEqual([0, 0]);
});

test('routers that are gone are forgotten', async () => {
  const [one, two] = [await router(), await router()];
  fleet.want(key, want([one, two]));
  fleet.want(key, want([two]));
  await next.promise;
  expect([...fleet.facts(key).keys()]).toEqual([`uid-${two.ip}`]);
});

test('it closes while a router keeps it waiting, and says nothing after that', async () => {
  const one = await router();
  const gate = Promise.withResolvers<undefined>();
  one.hold(gate.promise);
  let told = 0;
  fleet.onChange(() => { told += 1; });
  fleet.want(key, want([one]));
  await fleet.close();
  gate.resolve(undefined);
  expect([clock.waiting, told, fleet.facts(key).size]).toEqual([0, 0, 0]);
});

describe('panes', () => {
  const pane = (start: number, rows = 1): Pane => ({
    version: 'fraud-1', start, paneMs: 1_000, baseline: '', rows, features: [], outcomes: noOutcomes, dropped: 0, unreadable: 0,
  });
  const rows = (): [instance: string, start: number, rows: number][] =>
    fleet.captured(key).panes.map(({ instance, start, open }): [string, number, number] => [instance, start, open().rows]).sort(([, a], [, b]) => a - b);
  /** A visit to the router, and the answers that it takes. */
  async function visit(of: FakeRouter, answers: number): Promise<void> {
    for (let left = answers; left > 0; left -= 1) {
      const { promise } = of.asked;
      if (left === answers) clock.pass(15_000);
      await promise;
    }
    await waitUntil(() => fleet.captured(key).completeUntil === clock.now());
  }

  test('are fetched to the last one when somebody needs them, and not before', async () => {
    const a = await router();
    const begun = clock.now();
    a.panes = [pane(begun), pane(begun + 1_000), pane(begun + 2_000)];
    fleet.want(key, want([a]));
    await next.promise;
    expect([rows(), fleet.captured(key).completeUntil]).toEqual([[], 0]);
    fleet.capture(key, 60_000);
    await waitUntil(() => fleet.captured(key).completeUntil === begun);
    expect(rows()).toEqual([['one', begun, 1], ['one', begun + 1_000, 1], ['one', begun + 2_000, 1]]);
  });

  test('that are told again take the place of what they were; a restarted router counts anew', async () => {
    const a = await router();
    const begun = clock.now();
    a.panes = [pane(begun, 5)];
    fleet.want(key, want([a]));
    fleet.capture(key, 60_000);
    await visit(a, 1);
    a.panes = [...a.panes, pane(begun, 7)];
    await visit(a, 1);
    expect(rows()).toEqual([['one', begun, 7]]);
    a.instance = 'two';
    a.panes = [pane(begun, 2)];
    await visit(a, 1);
    expect(rows()).toEqual([['one', begun, 7], ['two', begun, 2]]);
    expect([...fleet.captured(key).instances]).toEqual(['two']);
  });

  test('of a router that is gone stay, until they are too old', async () => {
    const a = await router();
    const b = await router();
    const begun = clock.now();
    a.panes = [pane(begun)];
    fleet.want(key, want([a]));
    fleet.capture(key, 40_000);
    await visit(a, 1);
    fleet.want(key, want([b]));
    expect([rows().length, fleet.captured(key).instances.has('one')]).toEqual([1, false]);
    await visit(b, 1);
    expect(rows()).toEqual([['one', begun, 1]]);
    await visit(b, 1);
    expect(rows()).toEqual([]);
  });

  test('are complete only when every router that takes requests has told them; one that ends is not waited for', async () => {
    const a = await router();
    const silent = await router();
    silent.refusing = true;
    fleet.want(key, want([a, silent]));
    fleet.capture(key, 60_000);
    const { promise } = a.asked;
    clock.pass(15_000);
    await promise;
    await failures(1);
    expect(fleet.captured(key).completeUntil).toBe(0);
    fleet.want(key, { ...want([a]), routers: [{ uid: `uid-${a.ip}`, ip: a.ip, ending: false }, { uid: `uid-${silent.ip}`, ip: silent.ip, ending: true }] });
    await waitUntil(() => fleet.captured(key).completeUntil > 0);
  });

  test('are let go of when nobody needs them any more', async () => {
    const a = await router();
    a.panes = [pane(clock.now())];
    fleet.want(key, want([a]));
    fleet.capture(key, 60_000);
    await visit(a, 1);
    fleet.capture(key, undefined);
    expect(rows()).toEqual([]);
  });
});

/** Lets what is under way go on until it has come so far. */
async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

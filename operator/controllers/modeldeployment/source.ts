import type { KeyObject } from 'node:crypto';
import type { Exchange } from '../../dataplane/exchange.ts';
import { Applied, Summary, type Panes, type RouterConfig } from '../../dataplane/routing.ts';
import { signatureHeader, signRequest, timeHeader } from '../../dataplane/signature.ts';
import { isSameJson } from '../../runtime/canonical.ts';
import type { Source } from '../../runtime/controller.ts';
import type { Clock } from '../../runtime/queue.ts';
import { Schedule } from '../../runtime/schedule.ts';
import { PaneStore, type Captured } from './panes.ts';
import { toldOf } from './routing.ts';

interface RouterPod {
  readonly uid: string;
  readonly ip: string;
  /** It has been told to end, so what it has counted must be fetched now. */
  readonly ending: boolean;
}

/** What the routers of one ModelDeployment are to do. */
export interface RouterWant {
  readonly config: RouterConfig;
  readonly routers: readonly RouterPod[];
  /** Whether their counters are needed now, because a rollout goes on. */
  readonly following: boolean;
}

/** What a router pod last said. `revision` is undefined while it cannot be reached. */
export interface RouterFact {
  readonly revision: string | undefined;
  readonly summary: Summary | undefined;
  /** What it was to have then, as `toldOf` tells it. */
  readonly asked: string;
}
/** Facts by pod uid, of the pods that have been asked. */
export type RouterFacts = ReadonlyMap<string, RouterFact>;

interface Router {
  readonly key: string;
  readonly uid: string;
  readonly ip: string;
  ending: boolean;
  /** What the pod has accepted from us, as `toldOf` tells it. */
  applied: string | undefined;
  /** Undefined until the pod has been asked once. */
  fact: RouterFact | undefined;
  /** Times in a row that it did not answer. */
  failures: number;
  busy: boolean;
  /** Up to where the panes of which process have been fetched. */
  cursor: Pick<Panes, 'instance' | 'cursor'>;
  /** When the last fetch that left nothing out was begun. */
  completeAt: number;
}

/** Somebody who needs the panes of a ModelDeployment, and how far back. */
interface Interest {
  readonly store: PaneStore;
  readonly retentionMs: number;
}

const fromTheStart = { instance: 'none', cursor: 0 } as const;

interface Ports {
  /** Closed with the fleet. */
  readonly exchange: Exchange;
  readonly privateKey: KeyObject;
  /** Term of this leader, and whether it still leads: one that does not tells routers nothing. */
  readonly term: () => number;
  readonly leading: () => boolean;
  readonly clock: Clock;
  readonly onError: (key: string, error: unknown) => void;
}

/** Until it is looked again whether one that is due can be contacted: too many are just now, or this is no leader. */
const heldUpMs = 250;
const followMs = 1_000;
const idleMs = 15_000;
/** Visits to routers that have nothing new to be told; where there are more than 3,000, each waits longer than `idleMs`. */
const idleVisitsPerSecond = 200;
const maxInFlight = 64;
/** Answers that one visit takes at most; what is left comes with the next one. */
const maxAnswers = 32;

/**
 * Keeps router pods at the configuration that is wanted, and reads their counters. A pod that does not answer is asked
 * again after 1 s, then 2, 4, 8 and 15; what it said before is not taken for what it would say now. What routers are told
 * bears the term of this leader, so they refuse one that has been replaced.
 */
export class RouterFleet implements Source<RouterWant, RouterFacts> {
  readonly #ports: Ports;
  readonly #wants = new Map<string, RouterWant>();
  readonly #routers = new Map<string, Router>();
  /** When each router that is not being contacted is to be. */
  readonly #due = new Schedule<Router>();
  readonly #interests = new Map<string, Interest>();
  readonly #listeners: ((key: string) => void)[] = [];
  #inFlight = 0;
  #lastTime = 0;
  #timer: { cancel(): void } | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  want(key: string, want: RouterWant | undefined): void {
    const before = this.#wants.get(key);
    const uids = new Set(want?.routers.map(({ uid }) => uid));
    for (const { uid } of before?.routers ?? []) if (!uids.has(uid)) this.#forget(uid);
    if (!want) {
      this.#wants.delete(key);
      return;
    }
    this.#wants.set(key, want);
    const now = this.#ports.clock.now();
    for (const { uid, ip, ending } of want.routers) {
      const router = this.#routers.get(uid);
      if (!router || router.ip !== ip) {
        this.#forget(uid);
        const added: Router = {
          key, uid, ip, ending, applied: undefined, fact: undefined, failures: 0, busy: false,
          cursor: fromTheStart, completeAt: 0,
        };
        this.#routers.set(uid, added);
        this.#visit(added, now);
        continue;
      }
      if (ending && !router.ending) this.#visit(router, now);
      router.ending = ending;
      const told = toldOf(want.config);
      if (router.applied !== told || (want.following && before?.following !== true)) {
        // News does not wait for a router that does not answer.
        if (router.failures === 0 || router.fact?.asked !== told) this.#visit(router, now);
      }
    }
    this.#tick();
  }

  facts(key: string): RouterFacts {
    const uids = this.#wants.get(key)?.routers ?? [];
    return new Map(uids.flatMap(({ uid }): [string, RouterFact][] => {
      const fact = this.#routers.get(uid)?.fact;
      return fact ? [[uid, fact]] : [];
    }));
  }

  /** Fetches what the routers of a ModelDeployment count, as far back as `retentionMs`; undefined: nobody needs it any more. */
  capture(key: string, retentionMs: number | undefined): void {
    const interest = this.#interests.get(key);
    if (retentionMs === undefined) {
      this.#interests.delete(key);
      return;
    }
    this.#interests.set(key, { store: interest?.store ?? new PaneStore(), retentionMs });
    if (interest && retentionMs <= interest.retentionMs) return;
    const now = this.#ports.clock.now();
    // Older panes than before are needed, so all are asked for once more.
    for (const { uid } of this.#wants.get(key)?.routers ?? []) {
      const router = this.#routers.get(uid);
      if (!router) continue;
      Object.assign(router, { cursor: fromTheStart, completeAt: 0 });
      this.#visit(router, now);
    }
    this.#tick();
  }

  captured(key: string): Captured {
    const routers = [...this.#wants.get(key)?.routers ?? []].flatMap(({ uid }) => this.#routers.get(uid) ?? []);
    const taking = routers.filter(({ ending }) => !ending);
    return {
      panes: this.#interests.get(key)?.store.list() ?? [],
      instances: new Set(routers.map(({ cursor }) => cursor.instance)),
      completeUntil: taking.length === 0 ? 0 : Math.min(...taking.map(({ completeAt }) => completeAt)),
    };
  }

  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#wants.clear();
    this.#interests.clear();
    for (const uid of this.#routers.keys()) this.#forget(uid);
    this.#timer?.cancel();
    await this.#ports.exchange.close();
  }

  #forget(uid: string): void {
    const router = this.#routers.get(uid);
    if (router) this.#due.delete(router);
    this.#routers.delete(uid);
  }

  /** One that is being contacted is given its next time when that ends. */
  #visit(router: Router, at: number): void {
    if (!router.busy) this.#due.set(router, at);
  }

  /** Contacts those that are due. One timer for all routers, set for the next of them. */
  #tick(): void {
    this.#timer?.cancel();
    const { clock, leading } = this.#ports;
    const now = clock.now();
    while (this.#inFlight < maxInFlight && leading()) {
      const router = this.#due.take(now);
      if (!router) break;
      void this.#contact(router);
    }
    const { next } = this.#due;
    this.#timer = next === undefined ? undefined : clock.after(next > now ? next - now : heldUpMs, () => this.#tick());
  }

  async #contact(router: Router): Promise<void> {
    const want = this.#wants.get(router.key);
    if (!want) return;
    router.busy = true;
    this.#inFlight += 1;
    const asked = toldOf(want.config);
    let fact: RouterFact = { revision: undefined, summary: undefined, asked };
    try {
      if (router.applied !== asked) {
        Applied.parse(await this.#call(router, 'PUT', '/config', JSON.stringify({ ...want.config, epoch: this.#ports.term() })));
        router.applied = asked;
      }
      const summary = await this.#summary(router);
      // A container that was restarted has only its cold-start copy: it must be told again.
      if (summary.revision !== want.config.revision) router.applied = undefined;
      fact = { revision: summary.revision, summary, asked };
      router.failures = 0;
    } catch (error) {
      router.applied = undefined;
      router.failures += 1;
      this.#ports.onError(router.key, error);
    } finally {
      router.busy = false;
      this.#inFlight -= 1;
    }
    if (this.#routers.get(router.uid) === router) {
      const longestMs = Math.max(idleMs, (this.#routers.size / idleVisitsPerSecond) * 1_000);
      const pause = pauseMs(router, this.#wants.get(router.key), { panesNeeded: this.#interests.has(router.key), longestMs });
      this.#visit(router, this.#ports.clock.now() + pause);
    }
    this.#tick();
    this.#tell(router, fact, want.config);
  }

  /** The router's counters; where its panes are needed they are fetched along with them. */
  async #summary(router: Router): Promise<Summary> {
    const begun = this.#ports.clock.now();
    for (let answers = 1; ; answers += 1) {
      const interest = this.#interests.get(router.key);
      const { instance, cursor } = router.cursor;
      const from = begun - (interest?.retentionMs ?? 0);
      const query = interest ? `?since=${cursor}&instance=${instance}&from=${Math.max(0, Math.floor(from))}` : '';
      const { panes, ...summary } = Summary.parse(await this.#call(router, 'GET', `/summary${query}`, ''));
      if (!panes || !interest) return summary;
      interest.store.take(panes);
      interest.store.forgetBefore(from);
      router.cursor = { instance: panes.instance, cursor: panes.cursor };
      if (!panes.more) router.completeAt = begun;
      if (!panes.more || answers >= maxAnswers) return summary;
    }
  }

  /**
   * Counters change with every request, but only to whoever follows them are they news. That a router does not have what
   * it was told to is news once for each thing it was told.
   */
  #tell(router: Router, fact: RouterFact, { revision }: RouterConfig): void {
    const following = this.#wants.get(router.key)?.following === true;
    const { fact: before } = router;
    const changed = before?.revision !== fact.revision || (fact.revision !== revision && before?.asked !== fact.asked) || (following && !isSameJson(before, fact));
    router.fact = fact;
    if (changed && this.#routers.get(router.uid) === router) for (const listener of this.#listeners) listener(router.key);
  }

  async #call({ ip }: Router, method: 'GET' | 'PUT', path: string, body: string): Promise<unknown> {
    this.#lastTime = Math.max(this.#ports.clock.now(), this.#lastTime + 1);
    const timeMs = this.#lastTime;
    const { status, body: answer } = await this.#ports.exchange.ask({
      ip, method, path, body,
      headers: { [timeHeader]: String(timeMs), [signatureHeader]: signRequest({ method, path, body, timeMs }, this.#ports.privateKey) },
    });
    if (status !== 200) throw new Error(`the router answered ${method} ${path} with ${status}`);
    return answer;
  }
}

/** Until a router is contacted again. A configuration that came while it was being contacted does not wait. */
function pauseMs({ applied, failures, ending }: Router, want: RouterWant | undefined, { panesNeeded, longestMs }: { readonly panesNeeded: boolean; readonly longestMs: number }): number {
  if (ending && panesNeeded) return followMs;
  if (failures > 0) return Math.min(longestMs, followMs * 2 ** Math.min(failures - 1, 10));
  if (applied === undefined || !want) return followMs;
  if (applied !== toldOf(want.config)) return 0;
  if (want.following) return followMs;
  // Half a pane, so that a router that dies takes little with it.
  return panesNeeded && want.config.capture ? Math.min(idleMs, Math.max(followMs, want.config.capture.paneMs / 2)) : longestMs;
}

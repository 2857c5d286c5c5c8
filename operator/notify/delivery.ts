import type { Source } from '../runtime/controller.ts';
import type { Clock } from '../runtime/queue.ts';
import { destination, send, type Outcome, type ReadSecret } from './attempt.ts';
import type { Post } from './dispatcher.ts';
import type { Delivery, Notice, NoticeFacts, NoticeWant } from './notice.ts';

interface Item {
  readonly key: string;
  notice: Notice;
  wanted: boolean;
  /** Undefined while the first try goes on. */
  delivery: Delivery | undefined;
  failures: number;
  dueAt: number;
  /** Where its Secret last pointed, which says how many may be sent beside it. */
  host: string | undefined;
}

interface Ports {
  readonly post: Post;
  readonly readSecret: ReadSecret;
  /** Whether this process still leads: one that does not sends nothing. */
  readonly leading: () => boolean;
  readonly clock: Clock;
  /** Called after each try. */
  readonly onTry: (notice: Notice, delivery: Delivery) => void;
}

const tickMs = 1_000;
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;
const maxInFlight = 8;
const maxAtHost = 2;

/**
 * Sends the notices that are wanted. One that was accepted stays Sent and is not sent again; one that was not is tried
 * again after 5 s, then twice as long each time up to 5 minutes, for as long as it is wanted: somebody may mend the Secret.
 * Notices of one object go out one at a time, and the next one when the last is no longer wanted, which is when it is on
 * record: a process that dies between sending and the record of it sends one notice again, with the same key.
 */
export class Deliveries implements Source<NoticeWant, NoticeFacts> {
  readonly #ports: Ports;
  readonly #items = new Map<string, Map<string, Item>>();
  /** Those that have not been sent. */
  readonly #open = new Set<Item>();
  /** Those that are being sent: whatever is wanted meanwhile, they are not sent a second time. */
  readonly #busy = new Set<Item>();
  readonly #listeners: ((key: string) => void)[] = [];
  readonly #closing = new AbortController();
  #timer: { cancel(): void } | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  want(key: string, want: NoticeWant | undefined): void {
    if (!want?.length && !this.#items.has(key)) return;
    const items = this.#items.get(key) ?? new Map<string, Item>();
    this.#items.set(key, items);
    for (const item of items.values()) item.wanted = false;
    for (const notice of want ?? []) {
      const item = items.get(notice.key);
      if (item) this.#again(item, notice);
      else this.#add(items, { key, notice, wanted: true, delivery: undefined, failures: 0, dueAt: this.#ports.clock.now(), host: undefined });
    }
    for (const item of items.values()) if (!item.wanted) this.#forget(item);
    if (items.size === 0) this.#items.delete(key);
    this.#tick();
  }

  facts(key: string): NoticeFacts {
    const items = [...(this.#items.get(key)?.values() ?? [])];
    return new Map(items.flatMap(({ notice, wanted, delivery }): [string, Delivery][] => (wanted && delivery ? [[notice.key, delivery]] : [])));
  }

  onChange(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Gives up what is being sent, and sends nothing more. */
  close(): void {
    this.#closing.abort();
    this.#items.clear();
    this.#open.clear();
    this.#timer?.cancel();
  }

  #add(items: Map<string, Item>, item: Item): void {
    items.set(item.notice.key, item);
    this.#open.add(item);
  }

  /** The same notice once more. Another Secret or another text deserves a try at once. */
  #again(item: Item, notice: Notice): void {
    const changed = JSON.stringify(item.notice) !== JSON.stringify(notice);
    item.wanted = true;
    item.notice = notice;
    if (changed && item.delivery?.state === 'Failed') Object.assign(item, { failures: 0, dueAt: this.#ports.clock.now(), host: undefined });
  }

  /** One that is being sent is kept until it is known how that ends. */
  #forget(item: Item): void {
    const items = this.#items.get(item.key);
    if (this.#busy.has(item) || items?.get(item.notice.key) !== item) return;
    items.delete(item.notice.key);
    this.#open.delete(item);
    if (items.size === 0) this.#items.delete(item.key);
  }

  /** One timer for all notices, which rests while none is left to send. */
  #tick(): void {
    this.#timer?.cancel();
    if (this.#closing.signal.aborted) return;
    const now = this.#ports.clock.now();
    if (this.#busy.size < maxInFlight && this.#ports.leading()) {
      const due = [...this.#open].filter((item) => item.wanted && !this.#busy.has(item) && item.dueAt <= now).sort((a, b) => a.dueAt - b.dueAt);
      for (const item of due) if (this.#busy.size < maxInFlight && this.#atHost(item.host) < maxAtHost && !this.#isHeld(item)) void this.#try(item);
    }
    this.#timer = this.#open.size > 0 ? this.#ports.clock.after(tickMs, () => this.#tick()) : undefined;
  }

  /** Another notice of its object is on its way, or not on record yet. */
  #isHeld(item: Item): boolean {
    const others = [...(this.#items.get(item.key)?.values() ?? [])].filter((other) => other !== item);
    return others.some((other) => this.#busy.has(other) || (other.wanted && other.delivery?.state === 'Sent'));
  }

  #atHost(host: string | undefined, except?: Item): number {
    return host === undefined ? 0 : [...this.#busy].filter((item) => item.host === host && item !== except).length;
  }

  async #try(item: Item): Promise<void> {
    this.#busy.add(item);
    const { notice } = item;
    const outcome = await this.#outcome(item, notice);
    this.#busy.delete(item);
    if (this.#closing.signal.aborted) return;
    if (outcome) this.#settle(item, notice, outcome);
    if (!item.wanted) this.#forget(item);
    this.#tick();
  }

  /** Undefined when its receiver has enough to do: it waits for its turn then. */
  async #outcome(item: Item, notice: Notice): Promise<Outcome | undefined> {
    const { post, readSecret, clock } = this.#ports;
    const to = await destination(notice, readSecret);
    if (!(to instanceof URL)) return to;
    const hasRoom = this.#atHost(to.host, item) < maxAtHost;
    item.host = to.host;
    return hasRoom ? send(notice, to, { post, signal: this.#closing.signal, now: () => clock.now() }) : undefined;
  }

  #settle(item: Item, notice: Notice, { delivery, retryAfterMs = 0 }: Outcome): void {
    const changed = JSON.stringify(item.delivery) !== JSON.stringify(delivery);
    item.delivery = delivery;
    if (delivery.state === 'Sent') this.#open.delete(item);
    if (delivery.state === 'Failed') {
      const pauseMs = firstPauseMs * 2 ** Math.min(item.failures, 10);
      item.failures += 1;
      item.dueAt = this.#ports.clock.now() + Math.min(longestPauseMs, Math.max(pauseMs, retryAfterMs));
    }
    this.#ports.onTry(notice, delivery);
    if (changed && item.wanted) for (const listener of this.#listeners) listener(item.key);
  }
}

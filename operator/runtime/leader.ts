/** A coordination.k8s.io Lease, as far as an election needs it. */
export interface Lease {
  readonly holder: string;
  /** Term of the holder; it only grows. */
  readonly term: number;
  readonly durationMs: number;
  /** Changes with every write of the Lease. */
  readonly resourceVersion: string;
  /** When the API server told this, by its clock, in milliseconds since the epoch; undefined when it did not say. */
  readonly toldAt?: number | undefined;
}

/** The Lease on the API server. Writes are rejected when someone else wrote first. */
export interface LeaseStore {
  read(): Promise<Lease | undefined>;
  create(lease: Omit<Lease, 'resourceVersion' | 'toldAt'>): Promise<Lease>;
  update(lease: Lease): Promise<Lease>;
}

export interface ElectionTimes {
  /** How long others wait for a holder that no longer renews. */
  readonly durationMs: number;
  /** How long the holder goes on writing without a renewal; below durationMs. */
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export const defaultTimes: ElectionTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export interface ElectionPorts {
  readonly store: LeaseStore;
  /** Monotonic milliseconds: a clock that steps must not make a leader believe in its lease. */
  readonly monotonic: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Thrown by `assertLeading`: nothing may be written any more. */
export class NotLeading extends Error {
  constructor() {
    super('this process is not, or no longer, the leader');
    this.name = 'NotLeading';
  }
}

/**
 * Leadership by a Lease. Each term is higher than any before it, also after the Lease was deleted: `highestTerm` tells
 * the highest one that objects bear. What fencing by term covers is written in docs/decisions.
 */
export class Election {
  readonly #ports: ElectionPorts;
  readonly #identity: string;
  readonly #times: ElectionTimes;
  #lease: Lease | undefined;
  #renewedAt = 0;
  #since = Infinity;
  #stopped = false;
  #heldBack = 0;

  constructor(ports: ElectionPorts, identity: string, times: ElectionTimes = defaultTimes) {
    this.#ports = ports;
    this.#identity = identity;
    this.#times = times;
  }

  /** Term of this leader; 0 when it does not lead. */
  get term(): number {
    return this.#lease?.term ?? 0;
  }

  /**
   * When this term began, by the API server's clock, in milliseconds since the epoch; Infinity when it is not known. A write of an
   * earlier leader that may still be under way was decided on at least `durationMs` less `renewDeadlineMs` before.
   */
  get since(): number {
    return this.#since;
  }

  get leading(): boolean {
    return this.#lease !== undefined && this.#ports.monotonic() - this.#renewedAt < this.#times.renewDeadlineMs;
  }

  /** Writes that were not made because the lease had run out. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** To be called before each write. */
  assertLeading(): void {
    if (this.leading) return;
    this.#heldBack += 1;
    throw new NotLeading();
  }

  /** Waits until this process leads. */
  async acquire(highestTerm: () => number): Promise<void> {
    let observed: { resourceVersion: string; at: number } | undefined;
    while (!this.#stopped) {
      const startedAt = this.#ports.monotonic();
      try {
        const lease = await this.#ports.store.read();
        if (lease && observed?.resourceVersion !== lease.resourceVersion) observed = { resourceVersion: lease.resourceVersion, at: startedAt };
        const free = !lease || lease.holder === '' || this.#ports.monotonic() - (observed?.at ?? startedAt) > lease.durationMs;
        if (free) {
          await this.#take(lease, Math.max(lease?.term ?? 0, highestTerm()) + 1, startedAt);
          return;
        }
      } catch (error) {
        this.#ports.log('the lease could not be taken', { error: String(error) });
      }
      await this.#ports.sleep(this.#times.retryMs);
    }
  }

  /** Renews until leadership is lost, and the process must end, or until it is released. */
  async keep(): Promise<'Lost' | 'Released'> {
    while (this.#lease && !this.#stopped) {
      await this.#ports.sleep(this.#times.retryMs);
      if (!this.leading) break;
      const startedAt = this.#ports.monotonic();
      try {
        this.#lease = await this.#ports.store.update(this.#lease);
        this.#renewedAt = startedAt;
      } catch (error) {
        this.#ports.log('the lease could not be renewed', { error: String(error) });
        const lease = await this.#ports.store.read().catch(() => undefined);
        if (lease && lease.holder !== this.#identity) break;
        if (lease) this.#lease = lease;
      }
    }
    this.#lease = undefined;
    return this.#stopped ? 'Released' : 'Lost';
  }

  /** Gives the lease back, so that the next leader need not wait. Only to be called when nothing is written any more. */
  async release(): Promise<void> {
    this.#stopped = true;
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease) await this.#ports.store.update({ ...lease, holder: '' }).catch(() => undefined);
  }

  async #take(lease: Lease | undefined, term: number, startedAt: number): Promise<void> {
    const mine = { holder: this.#identity, term, durationMs: this.#times.durationMs };
    this.#lease = lease
      ? await this.#ports.store.update({ ...mine, resourceVersion: lease.resourceVersion })
      : await this.#ports.store.create(mine);
    this.#renewedAt = startedAt;
    this.#since = this.#lease.toldAt ?? Infinity;
    if (this.#stopped) await this.release();
  }
}

import { Endpoint, leastLoadedOfTwo } from './endpoint.ts';
import { Schedule, type Share } from './schedule.ts';

export interface Destination extends Share {
  readonly endpoints: readonly string[];
}

export interface Route {
  /** The version that serves, or that the request was meant for when none can. */
  readonly version: string;
  readonly endpoint: Endpoint | undefined;
  /** True when another version had the turn but no endpoint. */
  readonly substituted: boolean;
}

/** Which endpoint gets the next request. */
export class Traffic {
  readonly #random: () => number;
  #schedule: Schedule;
  #endpoints = new Map<string, readonly Endpoint[]>();

  constructor(random: () => number) {
    this.#random = random;
    this.#schedule = new Schedule([], random);
  }

  /** Endpoints that stay keep their connections; the requests on those that go are answered first. */
  apply(destinations: readonly Destination[]): void {
    const before = this.#endpoints;
    this.#endpoints = new Map(destinations.map(({ version, endpoints }) => {
      const known = new Map(before.get(version)?.map((endpoint) => [endpoint.address, endpoint]));
      return [version, [...new Set(endpoints)].map((address) => known.get(address) ?? new Endpoint(address))];
    }));
    const kept = new Set([...this.#endpoints.values()].flat());
    for (const endpoint of [...before.values()].flat()) if (!kept.has(endpoint)) endpoint.retire();

    const shares = destinations.map(({ version, weight }) => ({ version, weight }));
    // New endpoints alone do not start a new block: the counts would not be exact while pods come and go.
    if (!this.#schedule.hasShares(shares)) this.#schedule = new Schedule(shares, this.#random);
  }

  next(): Route | undefined {
    const version = this.#schedule.next();
    if (version === undefined) return undefined;
    const endpoint = this.#pick(version);
    if (endpoint !== undefined) return { version, endpoint, substituted: false };
    const other = this.#schedule.substitute((candidate) => this.#of(candidate).length > 0);
    return other === undefined
      ? { version, endpoint: undefined, substituted: false }
      : { version: other, endpoint: this.#pick(other), substituted: true };
  }

  /** An endpoint of the version besides `failed`; undefined when there is none. */
  another(version: string, failed: Endpoint): Endpoint | undefined {
    return leastLoadedOfTwo(this.#of(version).filter((endpoint) => endpoint !== failed), this.#random);
  }

  /** The operator may still push a configuration: it finds no endpoints that it could retire. */
  async destroy(): Promise<void> {
    const endpoints = [...this.#endpoints.values()].flat();
    this.#endpoints = new Map();
    await Promise.all(endpoints.map((endpoint) => endpoint.destroy()));
  }

  #pick(version: string): Endpoint | undefined {
    return leastLoadedOfTwo(this.#of(version), this.#random);
  }

  #of(version: string): readonly Endpoint[] {
    return this.#endpoints.get(version) ?? [];
  }
}

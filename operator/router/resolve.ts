import { lookup } from 'node:dns/promises';
import type { Target } from '../dataplane/routing.ts';
import type { Configuration } from './configuration.ts';
import type { Log } from './settings.ts';
import type { Destination } from './traffic.ts';

/** Looks up the Services of the configuration, again and again while the operator does not tell the addresses of pods. */
export class Resolver {
  readonly #configuration: Configuration;
  readonly #everyMs: number;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #found = new Map<string, readonly string[]>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #settled = false;

  constructor(configuration: Configuration, at: { readonly everyMs: number; readonly now: () => number }, log: Log) {
    this.#configuration = configuration;
    this.#everyMs = at.everyMs;
    this.#now = at.now;
    this.#log = log;
  }

  /** True once every Service has been looked up, whatever came of it. */
  get settled(): boolean {
    return this.#settled;
  }

  async run(): Promise<void> {
    if (!this.#configuration.followed(this.#now())) {
      const destinations = await Promise.all(this.#configuration.current.targets.map((target) => this.#resolve(target)));
      if (!this.#stopped) this.#configuration.resolved(destinations, this.#now());
    }
    this.#settled = true;
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.run(), this.#everyMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #resolve({ version, weight, service }: Target): Promise<Destination> {
    const mark = service.lastIndexOf(':');
    try {
      // Not resolve4: it ignores the search domains of the pod, and `name.namespace.svc` needs one.
      const found = await lookup(service.slice(0, mark), { all: true });
      const port = service.slice(mark + 1);
      this.#found.set(version, found.map(({ address, family }) => `${family === 6 ? `[${address}]` : address}:${port}`));
    } catch (error) {
      // What was found before stays: a name server that is down does not take the models down.
      this.#log.warn('a Service could not be resolved', { version, error: error instanceof Error ? error.message : String(error) });
    }
    return { version, weight, endpoints: this.#found.get(version) ?? [] };
  }
}

import { lookup } from 'node:dns/promises';
import type { Target } from '../dataplane/routing.ts';
import type { Configuration } from './configuration.ts';
import type { Log } from './settings.ts';
import type { Destination } from './traffic.ts';

/** Looks up the Services of the cold-start configuration, again and again until the operator's first push. */
export class Resolver {
  readonly #configuration: Configuration;
  readonly #everyMs: number;
  readonly #log: Log;
  readonly #found = new Map<string, readonly string[]>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #settled = false;

  constructor(configuration: Configuration, everyMs: number, log: Log) {
    this.#configuration = configuration;
    this.#everyMs = everyMs;
    this.#log = log;
  }

  /** True once every Service has been looked up, whatever came of it. */
  get settled(): boolean {
    return this.#settled;
  }

  async run(): Promise<void> {
    const destinations = await Promise.all(this.#configuration.current.targets.map((target) => this.#resolve(target)));
    this.#settled = true;
    if (this.#stopped || this.#configuration.pushed) return;
    this.#configuration.resolved(destinations);
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

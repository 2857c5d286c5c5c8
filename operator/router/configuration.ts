import type { RouterConfig } from '../dataplane/routing.ts';
import type { Capture } from './capture/capture.ts';
import { Window } from './counts.ts';
import type { Metrics } from './metrics.ts';
import type { Destination, Traffic } from './traffic.ts';

/** Versions that left the configuration but still take feedback. */
const remembered = 8;

/** The operator asks each router every 15 seconds; after this long without a word from it, addresses it pushed may be stale. */
const silenceMs = 45_000;

export interface Refusal {
  readonly status: 401 | 409 | 422;
  readonly message: string;
}

/** Parts that work by the configuration. */
export interface Configured {
  readonly traffic: Traffic;
  readonly metrics: Metrics;
  readonly capture: Capture;
}

/** What the router works by, and how it got there. */
export class Configuration {
  readonly #parts: Configured;
  #current: RouterConfig;
  #window: Window;
  #versions: readonly string[] = [];
  /** Time of the last push; undefined while the configuration is the cold-start copy. */
  #pushedMs: number | undefined;
  /** When the operator last made a request, by this router's clock. */
  #heardMs = 0;

  constructor(coldStart: RouterConfig, parts: Configured) {
    this.#parts = parts;
    this.#current = coldStart;
    this.#window = new Window(coldStart.window);
    this.#use(coldStart);
  }

  get current(): RouterConfig {
    return this.#current;
  }

  get window(): Window {
    return this.#window;
  }

  get pushed(): boolean {
    return this.#pushedMs !== undefined;
  }

  /** True while the addresses of pods come from the operator, and the Services need not be looked up. */
  followed(nowMs: number): boolean {
    return this.pushed && nowMs - this.#heardMs < silenceMs;
  }

  /** The operator made a request. One that comes back after a silence still stands by what it pushed. */
  heard(nowMs: number): void {
    if (this.pushed && !this.followed(nowMs)) this.#parts.traffic.apply(this.#current.targets);
    this.#heardMs = nowMs;
  }

  /** True for the versions in the configuration and the last few that left it. */
  knows(version: string): boolean {
    return this.#versions.includes(version);
  }

  /** Applies a configuration that came with a valid signature made at `timeMs`, or says why not. */
  push(config: RouterConfig, timeMs: number): Refusal | undefined {
    const refusal = refuse(config, timeMs, { config: this.#current, timeMs: this.#pushedMs });
    if (refusal !== undefined) return refusal;
    this.#pushedMs = timeMs;
    this.#use(config);
    return undefined;
  }

  /** Sets what the Services resolve to, unless the operator has spoken meanwhile. */
  resolved(destinations: readonly Destination[], nowMs: number): void {
    if (!this.followed(nowMs)) this.#parts.traffic.apply(destinations);
  }

  #use(config: RouterConfig): void {
    if (config.window !== this.#window.name) this.#window = new Window(config.window);
    this.#current = config;
    this.#parts.traffic.apply(config.targets);
    const present = config.targets.map(({ version }) => version);
    const gone = this.#versions.filter((version) => !present.includes(version));
    this.#versions = [...present, ...gone.slice(0, remembered)];
    this.#parts.metrics.retain(this.#versions);
    this.#parts.metrics.configured(config);
    this.#parts.capture.configure(config);
  }
}

/** Undefined when `next` may replace what is in force; `timeMs` is undefined there for the cold-start copy. */
export function refuse(next: RouterConfig, timeMs: number, inForce: { config: RouterConfig; timeMs: number | undefined }): Refusal | undefined {
  const { config } = inForce;
  // One key signs for all routers: a push meant for another one must not count here.
  if (next.namespace !== config.namespace || next.deployment !== config.deployment) {
    return { status: 422, message: 'the configuration is for another ModelDeployment' };
  }
  if (next.epoch < config.epoch) return { status: 409, message: `epoch ${next.epoch} is below ${config.epoch}` };
  if (next.epoch === config.epoch && inForce.timeMs !== undefined && timeMs <= inForce.timeMs) {
    return { status: 401, message: 'the request is not newer than the last one' };
  }
  return undefined;
}

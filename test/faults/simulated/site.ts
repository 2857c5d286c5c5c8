import type { Log } from '../../../operator/runtime/log.ts';
import type { ElectionTimes } from '../../../operator/runtime/leader.ts';
import { signingKeyPem } from '../key.ts';
import { tellingEnding, usualOutside } from '../outside.ts';
import { modes, type Instance, type InstanceOptions, type Level, type Pace, type Plan, type Sight, type Site, type SiteOptions } from '../world.ts';
import { VirtualClock } from './clock.ts';
import { History } from './history.ts';
import { install } from './installation.ts';
import { launch } from './operator.ts';
import { controlDeployments } from './players/deployments.ts';
import { collectGarbage } from './players/garbage.ts';
import { controlJobs } from './players/jobs.ts';
import { Kubelet } from './players/kubelet.ts';
import { Receivers } from './players/receivers.ts';
import { RouterNetwork } from './players/routers.ts';
import { Scene } from './players/scene.ts';
import { Process } from './process.ts';
import { stream } from '../../../hack/random.ts';
import { ApiServer } from './server.ts';
import { blindFor, everything, frozenAt, type Eyes } from './sight.ts';
import { worldOf } from './user.ts';

const namespace = 'faults';
const start = Date.parse('2026-03-01T12:00:00Z');
/** Six times as slow as in a cluster, and nobody waits for it: renewals are most of what happens in a quiet world. */
const times: ElectionTimes = { durationMs: 90_000, renewDeadlineMs: 60_000, retryMs: 15_000 };
/** An event that others wait for is not hidden for good. */
const longestBlindMs = 60_000;
/** What a user alone can cure is tried again after 5 minutes. */
const refusedMs = 300_000;
/** For what comes after that: what comes even later would be missing in the end that is compared. */
const marginMs = 30_000;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Longer where something is refused as if it were wrong, and in a world that is left alone, which others are compared with. */
function paceOf({ faults, sights }: Plan): Pace {
  const isLong = faults.some(({ mode }) => mode === 422) || (faults.length === 0 && sights === undefined);
  return { settleMs: (isLong ? refusedMs : longestBlindMs) + marginMs, stepMs: 15_000, idleMs: 120_000 };
}

export interface SimulatedOptions extends SiteOptions {
  readonly log?: Log;
}

/** A simulated cluster, with nobody in it but its players. Only one can be open in a Node process: time is its own. */
export class SimulatedSite implements Site {
  readonly world: Site['world'];
  readonly pace: Pace;
  readonly unhandled: string[] = [];
  readonly clock: VirtualClock;
  readonly server: ApiServer;
  readonly #routers: RouterNetwork;
  readonly #receivers: Receivers;
  readonly #history: History;
  readonly #log: Log;
  readonly #instances = new Set<Instance>();
  readonly #uninstall: () => void;
  readonly #onUnhandled = (error: unknown): void => void this.unhandled.push(error instanceof Error ? error.stack ?? error.message : String(error));
  #started = 0;
  #upgrade: (image: string) => Promise<void> = () => Promise.reject(new Error('nobody upgrades'));

  constructor({ seed, plan = { faults: [] }, log = silent }: SimulatedOptions) {
    this.pace = paceOf(plan);
    this.#log = log;
    this.clock = new VirtualClock({ startMs: start, onError: this.#onUnhandled });
    this.#uninstall = install(this.clock, stream(seed, 'Math.random'));
    process.on('unhandledRejection', this.#onUnhandled);
    this.server = new ApiServer({ clock: this.clock, random: stream(seed, 'network'), log: (at) => kubelet.log(at) });
    this.#history = new History(this.server.objects, namespace);
    const scene = new Scene(this.server, this.clock, stream(seed, 'players'));
    const outside = tellingEnding(usualOutside(), () => kubelet.resume());
    this.#routers = new RouterNetwork(scene, outside);
    this.#receivers = new Receivers(scene, outside);
    const kubelet = new Kubelet(scene, outside, this.#routers);
    controlJobs(scene);
    controlDeployments(scene);
    collectGarbage(scene);
    this.#furnish();
    this.world = worldOf({
      namespace, outside, server: this.server, clock: this.clock, history: this.#history.revisions, effects: this.#receivers.effects,
      upgrade: (image) => this.#upgrade(image),
    });
  }

  /** Also called while one of its instances dies: the new one belongs to no process but its own. */
  start(options: InstanceOptions): Instance {
    return Process.outside(() => this.#launch(options));
  }

  #launch(options: InstanceOptions): Instance {
    this.#started += 1;
    const { frozen, hidden } = options.sight ?? {};
    const lag = frozen && this.#lag(frozen);
    const eyes = lag?.eyes ?? this.#eyes(hidden);
    const instance = launch({
      namespace, options, times, log: this.#log, onUnhandled: this.#onUnhandled, exhausted: this.clock.exhausted,
      identity: `operator-${this.#started}`,
      waysOf: (own) => ({ send: this.server.sendOf(own, eyes), exchange: this.#routers.exchangeOf(own), post: this.#receivers.postOf(own) }),
    });
    // One that never leads does nothing about what it sees.
    if (lag) instance.leading.then(lag.run, () => undefined);
    this.#instances.add(instance);
    return instance;
  }

  onUpgrade(upgrade: (image: string) => Promise<void>): void {
    this.#upgrade = upgrade;
  }

  close(): Promise<void> {
    for (const instance of this.#instances) instance.kill();
    this.clock.close();
    this.#uninstall();
    process.off('unhandledRejection', this.#onUnhandled);
    return Promise.resolve();
  }

  /** A view of the past, and what lets the time run after which it ends. */
  #lag({ after, forMs }: NonNullable<Sight['frozen']>): { readonly eyes: Eyes; readonly run: () => void } {
    let lasts = true;
    const eyes = frozenAt(this.#history.versionAfter(after), () => lasts);
    const end = (): void => {
      lasts = false;
      this.server.catchUp(eyes, 'Tell');
    };
    return { eyes, run: () => void this.clock.after(forMs, end) };
  }

  #eyes(hidden: Sight['hidden']): Eyes {
    if (hidden === undefined) return everything;
    const history = this.#history;
    const { plural, name, from, until } = hidden;
    const length = (): number => history.revisions.length;
    let lasts = true;
    const since = (): number | undefined => (lasts && length() >= from && length() < until ? history.versionAfter(from) : undefined);
    const eyes = blindFor({ plural, key: `${namespace}/${name}`, since });
    const end = (): void => {
      if (!lasts) return;
      lasts = false;
      this.server.catchUp(eyes, 'Expire', plural);
    };
    history.when(until, end);
    // What is to come may wait for the very event that is hidden.
    history.when(from, () => this.clock.after(longestBlindMs, end));
    return eyes;
  }

  /** What an administrator has put there: where notices go, and a signing key, which would be made at random. */
  #furnish(): void {
    const secret = (name: string, key: string, value: string): void => void this.server.objects.put('secrets', {
      apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data: { [key]: Buffer.from(value).toString('base64') },
    });
    secret('modelkeeper-signing-key', 'ed25519.pem', signingKeyPem());
    secret('hooks', 'slack', 'https://hooks.example.com/services/T0/B0/x');
  }
}

export const simulated: Level = {
  name: 'fast',
  modes,
  hides: true,
  isRealTime: false,
  open: (options) => Promise.resolve(new SimulatedSite(options)),
};

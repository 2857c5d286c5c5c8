import { setTimeout as sleep } from 'node:timers/promises';
import type { Send } from '../../../operator/kube/connections.ts';
import { collectionPath } from '../../../operator/kube/paths.ts';
import { apiVersion } from '../../../operator/runtime/kind.ts';
import { Clients } from '../../integration/operator/live.ts';
import { Pod } from '../../integration/operator/watching.ts';
import { issue } from '../../receivers/certificate.ts';
import { Receiver } from '../../receivers/receiver.ts';
import { signingKeyPem } from '../key.ts';
import { tellingEnding, usualOutside } from '../outside.ts';
import { isForAll, isOutage, modes, type Effect, type Instance, type InstanceOptions, type Level, type Mode, type Outage, type Outside, type Pace, type Plural, type Revision, type Site, type World } from '../world.ts';
import { once, openGrounds, type Ground } from './ground.ts';
import { recordHistory, resourceOf, viewOf } from './history.ts';
import { RealInstance } from './instance.ts';
import { leases } from './operator.ts';
import { operatorToken } from './rights.ts';

const host = '127.0.0.1';
const pace: Omit<Pace, 'settleMs'> = { stepMs: 1_000, idleMs: 3_000, cureMs: 310_000 };
/** What a user alone can cure is tried again after 5 minutes. */
const limitMs = 480_000;
/** For how long a process is frozen before the API server forgets what it has missed. */
const apartMs = 3_000;

interface SiteParts {
  readonly namespace: string;
  readonly token: string;
  readonly receiver: Receiver;
  /** What is to happen to its operators. */
  readonly happening: readonly Mode[];
  readonly environment: Readonly<Record<string, string>>;
}

/** A namespace of a real cluster, and operators in processes of their own that look after it. */
export class RealSite implements Site {
  readonly pace: Pace;
  readonly world: World;
  readonly unhandled: string[] = [];
  readonly #ground: Ground;
  readonly #token: string;
  readonly #receiver: Receiver;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #clients: Clients;
  readonly #instances: RealInstance[] = [];
  readonly #breaks: boolean;
  /** The API server cannot be reached. */
  #isDown = false;
  #upgrade: (image: string) => Promise<void> = () => Promise.reject(new Error('nobody upgrades'));

  static async open(ground: Ground, happening: readonly Mode[]): Promise<RealSite> {
    const namespace = await ground.client.freshNamespace();
    const token = await operatorToken(ground.client, namespace);
    const tls = issue(host);
    const receiver = new Receiver(tls);
    const port = await receiver.listen(0, host);
    const secret = (name: string, stringData: Readonly<Record<string, string>>) =>
      ground.client.create(`/api/v1/namespaces/${namespace}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData });
    // The key is there from the start, as in the simulated cluster, so that writes have the same numbers.
    await Promise.all([secret('hooks', { slack: `https://${host}:${port}/slack` }), secret('modelkeeper-signing-key', { 'ed25519.pem': signingKeyPem() })]);
    return new RealSite(ground, { namespace, token, receiver, happening, environment: {
      ...leaseFor(happening),
      MODELKEEPER_NOTIFY_ALLOWED_HOSTS: JSON.stringify([{ host, port, allowPrivate: true }]), MODELKEEPER_NOTIFY_CA_BUNDLE: tls.authority,
    } });
  }

  private constructor(ground: Ground, { namespace, token, receiver, happening, environment }: SiteParts) {
    this.#ground = ground;
    this.#token = token;
    this.#breaks = happening.some(isOutage);
    this.pace = { ...pace, settleMs: settleMs(happening) };
    this.#receiver = receiver;
    this.#environment = environment;
    this.#clients = new Clients(() => ground.watching.list(Pod, namespace).filter(takesRequests).flatMap((pod) => ground.kubelet.addressOf(pod) ?? []));
    const outside = told(this.#clients, () => ground.kubelet.lookAgain(namespace));
    ground.outsides.set(namespace, outside);
    this.world = worldOf(ground, {
      namespace, outside, history: recordHistory(ground.watching, namespace), effects: effectsOf(receiver, outside), upgrade: (image) => this.#upgrade(image),
    });
  }

  start({ image, intercept, sight }: InstanceOptions): Instance {
    if (sight) throw new Error('the real cluster hides nothing');
    const { built, server, kubelet } = this.#ground;
    const instance = new RealInstance({
      built, image, namespace: this.world.namespace, kubeconfig: server.kubeconfig, token: this.#token, environment: this.#environment, breaks: this.#breaks,
      intercept: (send) => this.#reaching(intercept(kubelet.logs(send))),
    }, (problem) => this.unhandled.push(problem));
    this.#instances.push(instance);
    return instance;
  }

  async outage(instance: Instance, outage: Outage): Promise<void> {
    const struck = this.#instances.find((one) => one === instance);
    if (outage === 'cut') struck?.cut();
    else if (outage === 'halfOpen') struck?.silence();
    else await this.#restart(struck, outage === 'expired').catch((error: unknown) => void this.unhandled.push(String(error)));
  }

  async #restart(struck: RealInstance | undefined, forgets: boolean): Promise<void> {
    this.#isDown = true;
    if (forgets) struck?.freeze();
    struck?.cut();
    // What has been set in motion happens, and the process does not see it.
    if (forgets) await sleep(apartMs);
    await this.#ground.restart(forgets);
    this.#isDown = false;
    struck?.thaw();
  }

  #reaching(send: Send): Send {
    return (request) => (this.#isDown ? Promise.reject(new Error('the API server is down')) : send(request));
  }

  onUpgrade(upgrade: (image: string) => Promise<void>): void {
    this.#upgrade = upgrade;
  }

  async close(): Promise<void> {
    await Promise.all([this.#clients.stop(), ...this.#instances.map((instance) => instance.close())]);
    await this.#receiver.close();
    await this.#ground.client.remove(`/api/v1/namespaces/${this.world.namespace}`);
  }
}

/**
 * For how long there is no write once all is done. Routers that nothing is wanted of are asked every 15 s, and whoever is
 * paused has been replaced by then; the control plane's own controllers take longer to come back after it was restarted,
 * and it takes 80 s to find out that a watch has died in silence.
 */
function settleMs(happening: readonly Mode[]): number {
  if (happening.includes('halfOpen')) return 95_000;
  return happening.some(isForAll) ? 40_000 : 17_000;
}

/** A short one where another process has to take over. */
function leaseFor(happening: readonly Mode[]): Readonly<Record<string, string>> {
  if (happening.some(isOutage)) return leases.long;
  return happening.some((mode) => mode === 'killBefore' || mode === 'killAfter' || mode === 'pause') ? leases.short : leases.usual;
}

function takesRequests({ metadata }: { readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly deletionTimestamp?: string | undefined } }): boolean {
  return metadata.labels['modelkeeper.dev/component'] === 'router' && metadata.deletionTimestamp === undefined;
}

/** A usual world, whose changes reach clients and kubelet. */
function told(clients: Clients, looksAgain: () => void): Outside {
  const usual = usualOutside();
  let { amounts } = usual.requests;
  clients.amounts = amounts;
  return tellingEnding({
    ...usual,
    requests: {
      ...usual.requests,
      get amounts() {
        return amounts;
      },
      set amounts(next) {
        amounts = next;
        clients.amounts = next;
      },
    },
  }, looksAgain);
}

function effectsOf(receiver: Receiver, outside: Outside): Effect[] {
  const effects: Effect[] = [];
  const attempts = new Map<string, number>();
  receiver.answers = (key = '') => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    const status = outside.receiver(key, attempt);
    if (status >= 300) return status;
    effects.push({ key });
    return undefined;
  };
  return effects;
}

interface Parts extends Pick<World, 'namespace' | 'outside' | 'effects' | 'upgrade'> {
  readonly history: readonly Revision[];
}

function worldOf({ client, watching, modelPort }: Ground, parts: Parts): World {
  const { namespace } = parts;
  const view = viewOf(watching, namespace);
  const path = (plural: Plural, name: string): string => `${collectionPath(resourceOf(plural), namespace)}/${name}`;
  return {
    ...parts, modelPort, view,
    apply: async (plural, object) => {
      await client.apply(path(plural, object.metadata.name), { ...object, apiVersion: apiVersion(resourceOf(plural)) });
    },
    mergePatch: async (plural, name, patch) => {
      await client.mergePatch(path(plural, name), patch);
    },
    remove: async (plural, name) => {
      await client.removeInBackground(path(plural, name));
    },
    until: async (what, holds) => {
      // The end of the time is no change, and after the last change nobody looks again.
      const over = new AbortController();
      const held = watching.until(() => over.signal.aborted || holds(view)).then(() => true);
      const inTime = await Promise.race([held, sleep(limitMs, false, { signal: over.signal })]).finally(() => over.abort());
      if (!inTime) throw new Error(`waited in vain: ${what}`);
    },
    elapse: async (ms) => {
      await sleep(ms);
    },
  };
}

const grounds = once(openGrounds);

export const real: Level = {
  name: 'true',
  modes,
  hides: false,
  isRealTime: true,
  open: async ({ plan }) => {
    const { common, shaken } = await grounds();
    const happening = plan?.faults.map(({ mode }) => mode) ?? [];
    return RealSite.open(await (happening.some(isForAll) ? shaken() : common()), happening);
  },
};

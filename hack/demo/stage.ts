import { down, resetVolumes } from '../cluster/node.ts';
import { Helm, systemNamespace, type Images } from './cluster/helm.ts';
import { Kubectl, type Access } from './cluster/kubectl.ts';
import { Lease } from './cluster/lease.ts';
import { ensureNamespace, freshNamespace, isOurs, removeNamespace } from './cluster/namespaces.ts';
import { namedCluster, nodeIsUp, ownNode, unlessInterrupted, whyNoNode, type Place } from './cluster/places.ts';
import { Undo } from './cluster/undo.ts';
import type { Tell } from './narrator.ts';
import { deployReceiver, receiversNamespace, type Receivers } from './receivers.ts';

export interface StageOptions {
  /** May packages of the operating system be installed? */
  readonly install: boolean;
  readonly tell: Tell;
  /** A cluster of the user's and where it pulls images from; without it, the node of this machine. */
  readonly elsewhere?: { readonly context: string; readonly registry: string } | undefined;
  /** Is something to take the notices, in the place of Slack and Teams? */
  readonly receivers?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Where examples run: a cluster with the operator in it. */
export interface Scene {
  /** How another process reaches the cluster. */
  readonly access: Access;
  readonly kubectl: Kubectl;
  readonly images: Images;
  readonly shell: string;
  /** Where they were asked for. */
  readonly receivers: Receivers | undefined;
}

/**
 * Sets up all that an example needs, on any machine, and takes it away again: node, images, chart, namespaces. `stop`
 * may be called at any time and undoes what was done until then; what was there before stays.
 */
export class Stage {
  readonly #options: StageOptions;
  readonly #undo: Undo;
  readonly #lease = new Lease();
  readonly #namespaces: string[] = [];
  #kubectl: Kubectl | undefined;
  #place: Place | undefined;
  #receivers: Receivers | undefined;

  constructor(options: StageOptions) {
    this.#options = options;
    this.#undo = new Undo(options.tell);
  }

  async start(): Promise<Scene> {
    const { elsewhere, install, tell, signal } = this.#options;
    if (!elsewhere) await this.#beforeNode(install);
    const finding = elsewhere ? namedCluster(elsewhere.context, elsewhere.registry, tell) : ownNode(install, tell);
    const place = await unlessInterrupted(finding, signal);
    const access = { ...place.access, binary: place.tools.kubectl };
    const kubectl = new Kubectl({ ...access, signal });
    this.#kubectl = kubectl;
    this.#place = place;
    await this.#prepare(kubectl);
    if (this.#options.receivers) this.#receivers = await this.#deployReceivers(kubectl, place.images);
    tell('chart', `installing the release modelkeeper into ${systemNamespace}`);
    await this.#install(kubectl, place);
    tell('chart', 'the operator is ready');
    return { access, kubectl, images: place.images, shell: place.shell, receivers: this.#receivers };
  }

  /** An empty namespace under Pod Security `restricted`; one of this name that an earlier demo kept is removed first. */
  async namespace(name: string): Promise<Kubectl> {
    if (!this.#kubectl || !this.#place) throw new Error('the stage has not been started');
    const own = this.#kubectl.in(name);
    await freshNamespace(own, this.#options.tell);
    this.#undo.push({
      what: `the namespace ${name}`,
      command: `${own.prefix} delete namespace ${name}`,
      work: () => removeNamespace(own.uninterrupted()),
    });
    this.#namespaces.push(name);
    if (this.#receivers) {
      this.#options.tell('chart', `letting the operator get Secrets in ${name}`);
      await this.#install(this.#kubectl, this.#place);
    }
    return own;
  }

  async stop(): Promise<void> {
    try {
      await this.#undo.all();
    } finally {
      this.#lease.giveBack();
    }
  }

  /** The commands that do what `stop` does. */
  get removal(): readonly string[] {
    return this.#undo.commands;
  }

  async #beforeNode(install: boolean): Promise<void> {
    const { tell, signal } = this.#options;
    const reason = whyNoNode(install);
    if (reason !== undefined) throw new Error(reason);
    const waiting = (process: string): void => tell('cluster', `waiting for process ${process}, which works on this machine's node`);
    await unlessInterrupted(this.#lease.take(waiting), signal);
    if (await nodeIsUp()) {
      this.#undo.push({ what: 'the contents of released volumes', command: 'npm run cluster -- reset-volumes', work: () => resetVolumes().then(() => undefined) });
      return;
    }
    this.#undo.pushWhole({ what: 'the node', command: 'npm run cluster -- down', work: () => down((line) => tell('cleanup', line)) });
  }

  /** Makes the operator's namespace, where there is no operator yet. */
  async #prepare(kubectl: Kubectl): Promise<void> {
    const { tell, elsewhere } = this.#options;
    const system = kubectl.in(systemNamespace);
    if (await isForeign(system)) {
      if (elsewhere) throw new Error(`there is a Modelkeeper in the cluster of context ${elsewhere.context}, and the demo would change it: choose another cluster`);
      tell('chart', 'Modelkeeper is installed here already: it gets the present images and stays');
    } else {
      await ensureNamespace(system);
      this.#undo.push({
        what: 'the release',
        command: `helm uninstall modelkeeper --namespace ${systemNamespace}; ${system.prefix} delete --filename charts/modelkeeper/crds; ${system.prefix} delete namespace ${systemNamespace}`,
        work: async () => {
          await this.#helm().uninstall(system.uninterrupted());
          await removeNamespace(system.uninterrupted());
        },
      });
    }
  }

  async #install(kubectl: Kubectl, { images }: Place): Promise<void> {
    await this.#helm(this.#options.signal).install(kubectl, images, this.#receivers?.values(this.#namespaces));
  }

  async #deployReceivers(kubectl: Kubectl, { operator }: Images): Promise<Receivers> {
    const own = kubectl.in(receiversNamespace);
    if ((await isOurs(own)) === false) throw new Error(`there is a namespace ${receiversNamespace} that no demo made: rename or remove it`);
    this.#undo.push({
      what: `the namespace ${receiversNamespace}`,
      command: `${own.prefix} delete namespace ${receiversNamespace}`,
      work: () => removeNamespace(own.uninterrupted()),
    });
    this.#options.tell('notify', 'starting what takes the place of Slack and Teams');
    return deployReceiver(kubectl, operator);
  }

  #helm(signal?: AbortSignal): Helm {
    if (!this.#place) throw new Error('the stage has not been started');
    return new Helm({ ...this.#place.access, binary: this.#place.tools.helm, signal });
  }
}

/** Whether the cluster has a Modelkeeper that no demo put there. */
async function isForeign(system: Kubectl): Promise<boolean> {
  const ours = await isOurs(system);
  if (ours !== undefined) return !ours;
  const definitions = await system.list('customresourcedefinitions');
  return definitions.some(({ metadata }) => metadata.name.endsWith('.modelkeeper.dev'));
}

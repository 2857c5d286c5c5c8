import { connect, type ConnectedCluster } from '../../../operator/kube/cluster.ts';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { keyOf, type Json, type Meta, type Resource } from '../../../operator/runtime/kind.ts';
import { namespaces } from './bed.ts';
import { Deployment, isSteady, Service, Widget, type SeenDeployment, type Wanted } from './objects.ts';

/** When things happened to one object, in milliseconds; undefined until they did. */
export interface Stamps {
  sent: number;
  children?: number;
  deploymentReady?: number;
  ready?: number;
}

export type Plural = 'widgets' | 'deployments' | 'services';

const resources = [Widget, Deployment, Service] as const;

/** The driver: it does what users and, at tier 1, the kubelets do, and sees through watches of its own what comes of it. */
export class World {
  readonly stamps = new Map<string, Stamps>();
  readonly #client: Transport;
  readonly #cluster: ConnectedCluster;
  readonly #changes: Record<Plural, number> = { widgets: 0, deployments: 0, services: 0 };
  readonly #own: Record<Plural, number> = { widgets: 0, deployments: 0, services: 0 };
  readonly #wanted = new Map<string, Wanted>();
  readonly #unsteady = new Set<string>();
  readonly #flipping = new Set<string>();
  /** The generation that was last said to be ready, by uid. */
  readonly #flipped = new Map<string, number>();
  #whenSteady: (() => void) | undefined;

  private constructor(client: Transport, flips: boolean) {
    this.#client = client;
    this.#cluster = connect({ resources, fieldManager: 'driver', transport: client, recorder: { watchFault: () => undefined } });
    for (const resource of resources) this.#cluster.onChange(resource, ({ before, after }) => this.#see(resource, (after ?? before)?.metadata));
    if (flips) this.#cluster.onChange(Deployment, ({ after }) => { if (after) void this.#flip(after); });
  }

  /** `flips` makes the driver say of each Deployment that its replicas are ready. */
  static async open(client: Transport, flips: boolean): Promise<World> {
    const world = new World(client, flips);
    await world.#cluster.start();
    return world;
  }

  close(): Promise<void> {
    return this.#cluster.stop();
  }

  /** Changes of stored objects that the driver did not make. */
  foreignChanges(): Readonly<Record<Plural, number>> {
    const of = (plural: Plural): number => this.#changes[plural] - this.#own[plural];
    return { widgets: of('widgets'), deployments: of('deployments'), services: of('services') };
  }

  async create(at: number, wanted: Wanted): Promise<void> {
    const metadata = { name: nameOf(at), namespace: namespaceOf(at) };
    this.#want(keyOf(metadata), wanted);
    this.stamps.set(keyOf(metadata), { sent: performance.now() });
    this.#own.widgets += 1;
    const body = { apiVersion: 'bench.modelkeeper.dev/v1', kind: 'Widget', metadata, spec: { ...wanted, port: 8_080 } };
    await this.#client.request({ method: 'POST', path: collectionPath(Widget, metadata.namespace), body });
  }

  async change(at: number, wanted: Wanted): Promise<void> {
    this.#want(`${namespaceOf(at)}/${nameOf(at)}`, wanted);
    await this.#patch(at, { spec: wanted });
  }

  /** Changes nothing that a contender need act on. */
  async touch(at: number): Promise<void> {
    await this.#patch(at, { metadata: { labels: { touched: 'true' } } });
  }

  async remove(at: number): Promise<void> {
    this.#own.widgets += 1;
    await this.#client.request({ method: 'DELETE', path: objectPath(Widget, { name: nameOf(at), namespace: namespaceOf(at) }) });
  }

  count(resource: Resource): number {
    return [...this.#cluster.read.all(resource)].length;
  }

  /** Resolves when everything that was asked for is there, with the time at which it was; rejected after this many milliseconds. */
  async steady(withinMs: number): Promise<number> {
    if (this.#unsteady.size > 0) {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      this.#whenSteady = () => resolve(undefined);
      const timer = setTimeout(() => reject(new Error(`${this.#unsteady.size} objects are not as asked for after ${withinMs / 1_000} s, such as ${[...this.#unsteady][0] ?? ''}`)), withinMs);
      await promise.finally(() => clearTimeout(timer));
    }
    return performance.now();
  }

  /** Waits no longer for what is not as asked for. */
  giveUp(): void {
    this.#unsteady.clear();
  }

  async #patch(at: number, body: Json): Promise<void> {
    this.#own.widgets += 1;
    const path = objectPath(Widget, { name: nameOf(at), namespace: namespaceOf(at) });
    await this.#client.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  }

  #want(key: string, wanted: Wanted): void {
    this.#wanted.set(key, wanted);
    this.#unsteady.add(key);
  }

  #see({ plural }: (typeof resources)[number], metadata: Meta | undefined): void {
    this.#changes[plural as Plural] += 1;
    if (metadata === undefined) return;
    const key = keyOf(metadata);
    const wanted = this.#wanted.get(key);
    if (wanted === undefined || !this.#unsteady.has(key)) return;
    const { read } = this.#cluster;
    const { namespace, name } = metadata;
    const seen = { widget: read.get(Widget, namespace, name), deployment: read.get(Deployment, namespace, name), service: read.get(Service, namespace, name) };
    const stamps = this.stamps.get(key);
    const now = performance.now();
    if (stamps !== undefined) {
      if (seen.deployment && seen.service) stamps.children ??= now;
      if (seen.deployment?.ready === true) stamps.deploymentReady ??= now;
    }
    if (!isSteady(wanted, seen)) return;
    if (stamps !== undefined) stamps.ready ??= now;
    this.#unsteady.delete(key);
    if (this.#unsteady.size === 0) this.#whenSteady?.();
  }

  /** Plays the kubelets: what a Deployment asks for is there at once. One after the other, so that nothing old is said last. */
  async #flip({ metadata, replicas, ready }: SeenDeployment): Promise<void> {
    const { uid, generation, namespace, name } = metadata;
    if (ready || metadata.deletionTimestamp !== undefined || this.#flipping.has(uid) || this.#flipped.get(uid) === generation) return;
    this.#flipping.add(uid);
    this.#flipped.set(uid, generation);
    this.#own.deployments += 1;
    const status = {
      observedGeneration: generation, replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas,
      conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: '' }],
    };
    try {
      await this.#client.request({ method: 'PATCH', path: `${objectPath(Deployment, metadata)}/status`, contentType: 'application/merge-patch+json', body: { status } });
    } catch (error) {
      this.#own.deployments -= 1;
      this.#flipped.delete(uid);
      if (this.#cluster.health().watching) throw error;
      return;
    } finally {
      this.#flipping.delete(uid);
    }
    const newest = this.#cluster.read.get(Deployment, namespace, name);
    if (newest?.metadata.uid === uid) await this.#flip(newest);
  }
}

function nameOf(at: number): string {
  return `w-${String(at).padStart(5, '0')}`;
}

function namespaceOf(at: number): string {
  return namespaces[at % namespaces.length] ?? '';
}

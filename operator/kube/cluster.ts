import type { Cluster, Reader } from '../runtime/cluster.ts';
import type { Resource, Stored } from '../runtime/kind.ts';
import { resourceName } from './paths.ts';
import type { Recorder } from './recorder.ts';
import { Store } from './store.ts';
import type { Transport } from './transport.ts';
import { Reflector, type ReflectorHealth } from './watch.ts';
import { writer } from './writer.ts';

export interface ConnectOptions {
  /** The resources to watch. Reading any other one throws. */
  readonly resources: readonly Resource[];
  readonly fieldManager: string;
  readonly transport: Transport;
  readonly recorder: Pick<Recorder, 'watchFault'>;
  /** Watches only this namespace. */
  readonly namespace?: string;
  /** Keys of labels that `read.labelled` finds without looking at the whole namespace. */
  readonly indexedLabels?: readonly string[];
  /** Called before each write; it may throw, and then nothing is written. */
  readonly beforeWrite?: () => void;
}

export interface ClusterHealth {
  /** Every cache holds a whole list. */
  readonly synced: boolean;
  /** Every watch is open. */
  readonly watching: boolean;
  readonly resources: readonly ReflectorHealth[];
}

export interface ConnectedCluster extends Cluster {
  /** Resolves when all caches hold a whole list; until then `read` sees less than there is. */
  start(): Promise<void>;
  /** Ends the watches. The transport stays open, for it is the caller's. */
  stop(): Promise<void>;
  health(): ClusterHealth;
}

export function connect(options: ConnectOptions): ConnectedCluster {
  const { resources, transport, recorder, fieldManager, beforeWrite, namespace = '', indexedLabels = [] } = options;
  const stores = new Map<Resource, Store>();
  for (const resource of resources) {
    stores.set(resource, new Store(indexedLabels, (error) => recorder.watchFault(resourceName(resource), 'listener', error)));
  }
  const reflectors = [...stores].map(([resource, store]) => new Reflector({ resource, namespace, store, transport, recorder }));
  const onWritten = (resource: Resource, object: Stored): void => {
    if (namespace === '' || object.metadata.namespace === namespace) stores.get(resource)?.putWritten(object);
  };
  return {
    ...writer({ transport, fieldManager, beforeWrite, onWritten, onGone: (resource, object) => stores.get(resource)?.removeWritten(object) }),
    read: reader(stores),
    onChange: (resource, listener) => storeOf(stores, resource).onChange(listener),
    start: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.start()));
    },
    stop: async () => {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
    health: () => {
      const all = reflectors.map((reflector) => reflector.health());
      return { synced: all.every(({ synced }) => synced), watching: all.every(({ watching }) => watching), resources: all };
    },
  };
}

function reader(stores: ReadonlyMap<Resource, Store>): Reader {
  return {
    get: (resource, namespace, name) => storeOf(stores, resource).get(`${namespace}/${name}`),
    all: (resource) => storeOf(stores, resource).all(),
    list: (resource, namespace) => storeOf(stores, resource).inNamespace(namespace),
    owned: (resource, ownerUid) => storeOf(stores, resource).ownedBy(ownerUid),
    indexed: (index, namespace, value) => storeOf(stores, index.resource).indexed(index, namespace, value),
    last: (index, namespace, value) => storeOf(stores, index.resource).last(index, namespace, value),
    labelled: (resource, namespace, label) => storeOf(stores, resource).labelled(namespace, label),
  };
}

/** A store holds only what its resource's own `project` returned, which is what the type of the resource says. */
function storeOf<T extends Stored>(stores: ReadonlyMap<Resource, Store>, resource: Resource<T>): Store<T> {
  const store = stores.get(resource);
  if (store === undefined) throw new Error(`${resourceName(resource)} is not watched`);
  return store as unknown as Store<T>;
}

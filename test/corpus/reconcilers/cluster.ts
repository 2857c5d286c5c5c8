import { parseEvent } from '../../../operator/kube/event.ts';
import { Intake } from '../../../operator/kube/intake.ts';
import { Store } from '../../../operator/kube/store.ts';
import type { Cluster, Precondition, Reader } from '../../../operator/runtime/cluster.ts';
import { ApiError } from '../../../operator/runtime/errors.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Meta, Resource, Stored } from '../../../operator/runtime/kind.ts';

interface Shelf {
  readonly resource: Resource;
  readonly store: Store;
  readonly intake: Intake;
  readonly lives: Map<string, Json>;
}

/** One write of the operator to one object of ours. */
export interface StatusWrite {
  readonly key: string;
  readonly kind: string;
  readonly status: Json;
}

const label = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * A cluster whose caches are the operator's own: whatever is stored goes through the real parsing of events, intake and
 * projection. What is stored is not checked, as in a cluster that an older operator or a hand with rights has written to.
 */
export class StoredCluster implements Cluster {
  readonly statuses: StatusWrite[] = [];
  /** What listeners threw. */
  readonly thrown: unknown[] = [];
  /** Events that were left out, because the object in them cannot be read. */
  leftOut = 0;
  readonly #shelves = new Map<string, Shelf>();
  #version = 1;

  constructor(resources: readonly Resource[], indexed: readonly string[]) {
    for (const resource of resources) {
      const store = new Store(indexed, (error) => this.thrown.push(error));
      const intake = new Intake(store, resource);
      intake.begin();
      intake.take({ type: 'bookmark', version: '1', initialEventsEnd: true });
      this.#shelves.set(resource.kind, { resource, store, intake, lives: new Map() });
    }
  }

  readonly read: Reader = {
    get: (resource, namespace, name) => this.#storeOf(resource).get(`${namespace}/${name}`),
    all: (resource) => this.#storeOf(resource).all(),
    list: (resource, namespace) => this.#storeOf(resource).inNamespace(namespace),
    owned: (resource, uid) => this.#storeOf(resource).ownedBy(uid),
    labelled: (resource, namespace, of) => this.#storeOf(resource).labelled(namespace, of),
    indexed: (index, namespace, value) => this.#storeOf(index.resource).indexed(index, namespace, value),
    last: (index, namespace, value) => this.#storeOf(index.resource).last(index, namespace, value),
  };

  onChange<T extends Stored>(resource: Resource<T>, listener: (change: { before?: T; after?: T }) => void): void {
    this.#storeOf(resource).onChange(listener);
  }

  create(resource: Resource, body: Json): Promise<Stored> {
    return this.#answer(() => {
      const key = keyIn(body);
      if (this.#shelf(resource).lives.has(key)) throw new ApiError(409, 'AlreadyExists', `${key} already exists`);
      return this.#write(resource, { ...body, metadata: { creationTimestamp: '2026-01-01T00:00:00Z', generation: 1, ...asRecord(body['metadata']), uid: `made-${resource.kind}-${key}`, managedFields: ownedFields(body) } });
    });
  }

  apply(resource: Resource, body: Json, seen?: Precondition): Promise<Stored> {
    return this.#answer(() => {
      const key = keyIn(body);
      const live = this.#shelf(resource).lives.get(key);
      this.#check(live, seen);
      const { uid = `made-${resource.kind}-${key}`, generation = 1 } = asRecord(live?.['metadata']) ?? {};
      return this.#write(resource, { ...live, ...body, metadata: { creationTimestamp: '2026-01-01T00:00:00Z', ...asRecord(body['metadata']), generation, uid, managedFields: ownedFields(body) } });
    });
  }

  applyStatus(resource: Resource, metadata: Meta, status: Json): Promise<Stored> {
    return this.#answer(() => {
      const key = `${metadata.namespace}/${metadata.name}`;
      const live = this.#shelf(resource).lives.get(key);
      this.#check(live, metadata);
      const sent = asRecord(JSON.parse(JSON.stringify(status))) ?? {};
      this.statuses.push({ key, kind: resource.kind, status: sent });
      return this.#write(resource, { ...live, status: sent });
    });
  }

  remove(resource: Resource, { namespace, name }: Pick<Meta, 'namespace' | 'name'>, seen: Precondition): Promise<void> {
    return this.#answer(() => {
      const live = this.#shelf(resource).lives.get(`${namespace}/${name}`);
      if (live) this.#check(live, seen);
      this.drop(resource, `${namespace}/${name}`);
    });
  }

  event(): Promise<void> {
    return Promise.resolve();
  }

  lookup(resource: Resource, namespace: string, name: string): Promise<Stored | undefined> {
    return Promise.resolve(this.#storeOf(resource).get(`${namespace}/${name}`));
  }

  /** Stores an object as it is, under a new resourceVersion unless it has one that nobody would give. */
  put(resource: Resource, live: Json): void {
    const metadata = asRecord(live['metadata']);
    const own = metadata?.['resourceVersion'];
    const version = own === undefined || own === '1' ? { resourceVersion: this.#next() } : {};
    this.#deliver(this.#shelf(resource), metadata ? { ...live, metadata: { ...metadata, ...version } } : live);
  }

  live(resource: Resource, key: string): Json | undefined {
    return this.#shelf(resource).lives.get(key);
  }

  /** Everything of a resource in a namespace, as it is stored. */
  lives(resource: Resource, namespace: string): Json[] {
    return [...this.#shelf(resource).lives].filter(([key]) => key.startsWith(`${namespace}/`)).map(([, live]) => live);
  }

  drop(resource: Resource, key: string): void {
    const shelf = this.#shelf(resource);
    shelf.lives.delete(key);
    shelf.store.remove(key, this.#next());
  }

  /** Takes away everything in a namespace. */
  clear(namespace: string): void {
    for (const { resource, lives } of this.#shelves.values()) {
      for (const key of [...lives.keys()]) if (key.startsWith(`${namespace}/`)) this.drop(resource, key);
    }
  }

  #deliver(shelf: Shelf, live: Json): Stored | undefined {
    const event = parseEvent(JSON.stringify({ type: 'MODIFIED', object: live }));
    if (event?.type !== 'stored') {
      this.leftOut += 1;
      return undefined;
    }
    const key = `${event.metadata.namespace}/${event.metadata.name}`;
    shelf.lives.set(key, event.live);
    if (shelf.intake.take(event) !== undefined) this.leftOut += 1;
    return shelf.store.get(key);
  }

  #write(resource: Resource, live: Json): Stored {
    const { name, labels } = asRecord(live['metadata']) ?? {};
    if (typeof name !== 'string' || !label.test(name)) throw new ApiError(422, 'Invalid', 'metadata.name: Invalid value');
    if (Object.values(asRecord(labels) ?? {}).some((value) => typeof value !== 'string' || value.length > 63)) throw new ApiError(422, 'Invalid', 'metadata.labels: Invalid value');
    const stored = this.#deliver(this.#shelf(resource), { ...live, metadata: { ...asRecord(live['metadata']), resourceVersion: this.#next() } });
    if (stored === undefined) throw new ApiError(400, 'BadRequest', 'the object cannot be read');
    return stored;
  }

  #check(live: Json | undefined, seen: Precondition | undefined): void {
    const { uid, resourceVersion } = asRecord(live?.['metadata']) ?? {};
    if (seen && (uid !== seen.uid || (seen.resourceVersion !== undefined && seen.resourceVersion !== resourceVersion))) throw new ApiError(409, 'Conflict', 'the object has been modified');
  }

  async #answer<T>(act: () => T): Promise<T> {
    await Promise.resolve();
    return act();
  }

  #next(): string {
    return String(this.#version++);
  }

  #shelf(resource: Resource): Shelf {
    const shelf = this.#shelves.get(resource.kind);
    if (!shelf) throw new Error(`${resource.kind} is not watched`);
    return shelf;
  }

  #storeOf<T extends Stored>(resource: Resource<T>): Store<T> {
    return this.#shelf(resource).store as unknown as Store<T>;
  }
}

/** That all of the body is ours: nobody else applies anything here. */
function ownedFields({ apiVersion: _version, kind: _kind, metadata, ...rest }: Json): Json[] {
  const all = (record: Json): Json => Object.fromEntries(Object.keys(record).map((member) => [`f:${member}`, {}]));
  return [{ manager: 'modelkeeper', operation: 'Apply', fieldsV1: { ...all(rest), 'f:metadata': all(asRecord(metadata) ?? {}) } }];
}

function keyIn(body: Json): string {
  const { namespace, name } = asRecord(body['metadata']) ?? {};
  return `${String(namespace)}/${String(name)}`;
}

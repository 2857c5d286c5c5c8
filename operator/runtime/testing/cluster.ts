import type { Change, Cluster, Index, Precondition, Reader } from '../cluster.ts';
import { ApiError } from '../errors.ts';
import { asItems, asRecord } from '../json.ts';
import { keyOf, type Json, type Meta, type Resource, type Stored } from '../kind.ts';

interface Entry {
  readonly live: Json;
  readonly object: Stored;
  readonly cached: boolean;
}

export interface Written {
  readonly verb: 'create' | 'apply' | 'status' | 'delete';
  readonly kind: string;
  readonly name: string;
  readonly body: Json;
  readonly seen?: Precondition;
}

type Listener = (change: Change<Stored>) => void;

/** A cluster in memory that keeps the promises of the interface: preconditions, and a cache that shows each write at once. */
export class MemoryCluster implements Cluster {
  readonly writes: Written[] = [];
  readonly events: Json[] = [];
  /** What listeners threw. */
  readonly faults: unknown[] = [];
  /** Called before each write, events included; what it throws is the API server's refusal. */
  refuse: (write: Written | { readonly verb: 'event' }) => void = () => undefined;
  readonly #objects = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Map<string, Listener[]>();
  #version = 1;

  readonly read: Reader = {
    get: <T extends Stored>(resource: Resource<T>, namespace: string, name: string) => this.#cached(resource).find((object) => keyOf(object.metadata) === `${namespace}/${name}`),
    all: <T extends Stored>(resource: Resource<T>) => this.#cached(resource),
    list: <T extends Stored>(resource: Resource<T>, namespace: string) => this.#cached(resource).filter((object) => object.metadata.namespace === namespace),
    owned: <T extends Stored>(resource: Resource<T>, uid: string) => this.#cached(resource).filter((object) => object.metadata.owner?.uid === uid),
    indexed: <T extends Stored>(index: Index<T>, namespace: string, value: string) => this.#indexed(index, namespace, value),
    last: <T extends Stored>(index: Index<T>, namespace: string, value: string) => this.#indexed(index, namespace, value).at(-1),
    labelled: <T extends Stored>(resource: Resource<T>, namespace: string, { key, value }: { key: string; value: string }) =>
      this.#cached(resource).filter((object) => object.metadata.namespace === namespace && object.metadata.labels[key] === value),
  };

  onChange<T extends Stored>(resource: Resource<T>, listener: (change: Change<T>) => void): void {
    const listeners = this.#listeners.get(resource.kind) ?? [];
    this.#listeners.set(resource.kind, [...listeners, listener as Listener]);
  }

  create(resource: Resource, body: Json): Promise<Stored> {
    return this.#write({ verb: 'create', kind: resource.kind, name: nameOf(body), body }, () => {
      if (this.#entry(resource, keyOfBody(body))) throw new ApiError(409, 'AlreadyExists', `${nameOf(body)} already exists`);
      return this.put(resource, body, { written: true });
    });
  }

  apply(resource: Resource, body: Json, seen?: Precondition): Promise<Stored> {
    return this.#write({ verb: 'apply', kind: resource.kind, name: nameOf(body), body, ...(seen ? { seen } : {}) }, () => {
      this.#check(this.#entry(resource, keyOfBody(body)), seen);
      return this.put(resource, body, { written: true });
    });
  }

  applyStatus(resource: Resource, metadata: Meta, status: Json): Promise<Stored> {
    return this.#write({ verb: 'status', kind: resource.kind, name: metadata.name, body: status }, () => {
      const entry = this.#entry(resource, keyOf(metadata));
      this.#check(entry, metadata);
      return this.put(resource, { ...entry?.live, status }, { written: true });
    });
  }

  async remove(resource: Resource, metadata: Pick<Meta, 'namespace' | 'name'>, seen: Precondition): Promise<void> {
    await this.#write({ verb: 'delete', kind: resource.kind, name: metadata.name, body: {}, seen }, () => {
      const entry = this.#entry(resource, keyOf(metadata));
      if (entry) this.#check(entry, seen);
      this.vanish(resource, metadata);
      return entry?.object;
    });
  }

  event(body: Json): Promise<void> {
    return Promise.resolve().then(() => {
      this.refuse({ verb: 'event' });
      this.events.push(body);
    });
  }

  lookup(resource: Resource, namespace: string, name: string): Promise<Stored | undefined> {
    return Promise.resolve(this.#entry(resource, `${namespace}/${name}`)?.object);
  }

  /** Stores an object as someone else would. One that is not cached exists without being seen. */
  put<T extends Stored>(resource: Resource<T>, body: Json, options: { readonly cached?: boolean; readonly written?: boolean } = {}): T {
    const { cached = true, written = false } = options;
    const key = keyOfBody(body);
    const before = this.#entry(resource, key);
    const uid = before?.object.metadata.uid ?? `uid-${key}`;
    const resourceVersion = String(this.#version++);
    const metadata = { generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...asRecord(body['metadata']), uid, resourceVersion };
    const live = { ...body, ...(body['status'] === undefined && before?.live['status'] !== undefined ? { status: before.live['status'] } : {}), metadata };
    const object = resource.project(metaOf(metadata), live);
    this.#kind(resource).set(key, { live, object, cached });
    if (cached) this.#tell(resource, { ...(before ? { before: before.object } : {}), after: object, written });
    return object;
  }

  /** The whole of an object, as someone with kubectl would see it. */
  live(resource: Resource, key: string): Json | undefined {
    return this.#entry(resource, key)?.live;
  }

  vanish(resource: Resource, metadata: Pick<Meta, 'namespace' | 'name'>): void {
    const before = this.#entry(resource, keyOf(metadata));
    this.#kind(resource).delete(keyOf(metadata));
    if (before) this.#tell(resource, { before: before.object });
  }

  async #write<T>(write: Written, act: () => T): Promise<T> {
    await Promise.resolve();
    this.refuse(write);
    const result = act();
    this.writes.push(write);
    return result;
  }

  #check(entry: Entry | undefined, seen: Precondition | undefined): void {
    if (!seen) return;
    const { uid, resourceVersion } = entry?.object.metadata ?? {};
    if (uid !== seen.uid || (seen.resourceVersion !== undefined && resourceVersion !== seen.resourceVersion)) throw new ApiError(409, 'Conflict', 'the object has been modified');
  }

  #tell(resource: Resource, change: Change<Stored>): void {
    for (const listener of this.#listeners.get(resource.kind) ?? []) {
      try {
        listener(change);
      } catch (error) {
        this.faults.push(error);
      }
    }
  }

  #kind(resource: Resource): Map<string, Entry> {
    const objects = this.#objects.get(resource.kind) ?? new Map<string, Entry>();
    this.#objects.set(resource.kind, objects);
    return objects;
  }

  #entry(resource: Resource, key: string): Entry | undefined {
    return this.#kind(resource).get(key);
  }

  #indexed<T extends Stored>(index: Index<T>, namespace: string, value: string): T[] {
    const found = this.#cached(index.resource).filter((object) => object.metadata.namespace === namespace && index.values(object).includes(value));
    const order = (object: T): string => `${index.order?.(object) ?? ''}\u0000${object.metadata.name}`;
    return found.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  #cached<T extends Stored>(resource: Resource<T>): T[] {
    return [...this.#kind(resource).values()].filter(({ cached }) => cached).map(({ object }) => object as T);
  }
}

function nameOf(body: Json): string {
  return String(asRecord(body['metadata'])?.['name']);
}

function keyOfBody(body: Json): string {
  return `${String(asRecord(body['metadata'])?.['namespace'])}/${nameOf(body)}`;
}

function metaOf(metadata: Json): Meta {
  const owner = asItems(metadata['ownerReferences']).map(asRecord).find((reference) => reference?.['controller'] === true);
  return { labels: {}, annotations: {}, ...metadata, ...(owner ? { owner } : {}) } as unknown as Meta;
}

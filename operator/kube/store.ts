import { keyOf, type Meta, type Stored } from '../runtime/kind.ts';
import { compareVersions } from './version.ts';

export interface Change<T extends Stored> {
  readonly before?: T;
  readonly after?: T;
}

export type Listener<T extends Stored> = (change: Change<T>) => void;

/** Keys of objects by a value that several of them share. */
class Index {
  readonly #keys = new Map<string, Set<string>>();

  add(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, new Set([key]));
    else keys.add(key);
  }

  remove(value: string, key: string): void {
    const keys = this.#keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(value);
  }

  keys(value: string): Iterable<string> {
    return this.#keys.get(value) ?? [];
  }
}

/**
 * The objects of one resource. A copy never gives way to an older one, so it does not matter whether a write's answer
 * or its watch event comes first, and each resourceVersion is told to the listeners once.
 */
export class Store<T extends Stored = Stored> {
  readonly #objects = new Map<string, T>();
  readonly #byNamespace = new Index();
  readonly #byOwner = new Index();
  readonly #byLabel = new Index();
  readonly #labels: readonly string[];
  readonly #listeners: Listener<T>[] = [];
  readonly #onThrow: (error: unknown) => void;
  /** The watch has told everything up to this resourceVersion. */
  #seen: string | undefined;

  /** `labels` are the keys of the labels to index; `onThrow` is called when a listener throws. */
  constructor(labels: readonly string[], onThrow: (error: unknown) => void) {
    this.#labels = labels;
    this.#onThrow = onThrow;
  }

  get size(): number {
    return this.#objects.size;
  }

  get seen(): string | undefined {
    return this.#seen;
  }

  onChange(listener: Listener<T>): void {
    this.#listeners.push(listener);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** In no particular order. */
  all(): Iterable<T> {
    return this.#objects.values();
  }

  inNamespace(namespace: string): readonly T[] {
    return this.#sorted(this.#byNamespace.keys(namespace));
  }

  ownedBy(uid: string): readonly T[] {
    return this.#sorted(this.#byOwner.keys(uid));
  }

  labelled(namespace: string, label: { readonly key: string; readonly value: string }): readonly T[] {
    if (this.#labels.includes(label.key)) return this.#sorted(this.#byLabel.keys(labelValue(namespace, label.key, label.value)));
    return this.inNamespace(namespace).filter((object) => object.metadata.labels[label.key] === label.value);
  }

  /** The watch has got to this resourceVersion. */
  advance(version: string): void {
    if (this.#seen === undefined || compareVersions(version, this.#seen) > 0) this.#seen = version;
  }

  /** There is no such copy here, nor a newer one. */
  isNews(metadata: Pick<Meta, 'namespace' | 'name' | 'resourceVersion'>): boolean {
    const stored = this.#objects.get(keyOf(metadata));
    return stored === undefined || compareVersions(metadata.resourceVersion, stored.metadata.resourceVersion) > 0;
  }

  /** A copy that came by watch. */
  put(object: T): void {
    if (!this.isNews(object.metadata)) return;
    const key = keyOf(object.metadata);
    this.#set(key, object, this.#objects.get(key));
  }

  /** A copy that one of our writes returned. What the watch has got past is not news, and may have been deleted since. */
  putWritten(object: T): void {
    if (this.#seen !== undefined && compareVersions(object.metadata.resourceVersion, this.#seen) <= 0) return;
    this.put(object);
  }

  /** A deletion that came by watch, at this resourceVersion. */
  remove(key: string, version: string): void {
    const stored = this.#objects.get(key);
    if (stored === undefined || compareVersions(stored.metadata.resourceVersion, version) > 0) return;
    this.#unset(key, stored);
    this.#tell({ before: stored });
  }

  /** Takes a whole list, made at this resourceVersion. What we wrote after it stays. */
  replace(objects: ReadonlyMap<string, T>, version: string): void {
    for (const key of [...this.#objects.keys()]) {
      if (!objects.has(key)) this.remove(key, version);
    }
    for (const object of objects.values()) this.put(object);
    this.advance(version);
  }

  #set(key: string, after: T, before: T | undefined): void {
    if (before !== undefined) this.#unset(key, before);
    this.#objects.set(key, after);
    for (const [index, value] of this.#entries(after)) index.add(value, key);
    if (before === undefined) this.#tell({ after });
    else if (before.metadata.uid === after.metadata.uid) this.#tell({ before, after });
    else {
      this.#tell({ before });
      this.#tell({ after });
    }
  }

  #unset(key: string, object: T): void {
    this.#objects.delete(key);
    for (const [index, value] of this.#entries(object)) index.remove(value, key);
  }

  #entries({ metadata }: T): [Index, string][] {
    const entries: [Index, string][] = [[this.#byNamespace, metadata.namespace]];
    if (metadata.owner !== undefined) entries.push([this.#byOwner, metadata.owner.uid]);
    for (const label of this.#labels) {
      const value = metadata.labels[label];
      if (value !== undefined) entries.push([this.#byLabel, labelValue(metadata.namespace, label, value)]);
    }
    return entries;
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#onThrow(error);
      }
    }
  }

  /** By key, so that equal caches give equal answers, whatever order the events came in. */
  #sorted(keys: Iterable<string>): readonly T[] {
    const objects: T[] = [];
    for (const key of [...keys].sort()) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }
}

/** A slash cannot be in a namespace, nor an equals sign in a label key. */
function labelValue(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

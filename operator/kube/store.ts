import type { Change, Index } from '../runtime/cluster.ts';
import { keyOf, type Meta, type Stored } from '../runtime/kind.ts';
import { Lookup } from './lookup.ts';
import { Texts } from './texts.ts';
import { compareVersions } from './version.ts';

export type Listener<T extends Stored> = (change: Change<T>) => void;

/**
 * The objects of one resource. A copy never gives way to an older one, so it does not matter whether a write's answer
 * or its watch event comes first, and each resourceVersion is told to the listeners once.
 */
export class Store<T extends Stored = Stored> {
  /** What the objects have in common. */
  readonly texts = new Texts();
  readonly #objects = new Map<string, T>();
  readonly #byNamespace = new Lookup<T>(({ metadata }) => [metadata.namespace]);
  readonly #byOwner = new Lookup<T>(({ metadata }) => (metadata.owner === undefined ? [] : [metadata.owner.uid]));
  readonly #byLabel: ReadonlyMap<string, Lookup<T>>;
  /** Those that were asked for. */
  readonly #indexes = new Map<Index<T>, Lookup<T>>();
  #lookups: readonly Lookup<T>[];
  readonly #listeners: Listener<T>[] = [];
  readonly #onThrow: (error: unknown) => void;
  /** Versions that our writes returned and that the watch has yet to tell. */
  readonly #echoes = new Set<string>();
  /** The watch has told everything up to this resourceVersion. */
  #seen: string | undefined;

  /** `labels` are the keys of the labels to index; `onThrow` is called when a listener throws. */
  constructor(labels: readonly string[], onThrow: (error: unknown) => void) {
    this.#byLabel = new Map(labels.map((label) => [label, new Lookup<T>(({ metadata }) => {
      const value = metadata.labels[label];
      return value === undefined ? [] : [within(metadata.namespace, value)];
    })]));
    this.#lookups = [this.#byNamespace, this.#byOwner, ...this.#byLabel.values()];
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
    return this.#found(this.#byNamespace.keys(namespace));
  }

  ownedBy(uid: string): readonly T[] {
    return this.#found(this.#byOwner.keys(uid));
  }

  labelled(namespace: string, label: { readonly key: string; readonly value: string }): readonly T[] {
    const lookup = this.#byLabel.get(label.key);
    if (lookup) return this.#found(lookup.keys(within(namespace, label.value)));
    return this.inNamespace(namespace).filter((object) => object.metadata.labels[label.key] === label.value);
  }

  indexed(index: Index<T>, namespace: string, value: string): readonly T[] {
    return this.#found(this.#lookup(index).keys(within(namespace, value)));
  }

  last(index: Index<T>, namespace: string, value: string): T | undefined {
    const key = this.#lookup(index).last(within(namespace, value));
    return key === undefined ? undefined : this.#objects.get(key);
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
    this.#put(object, {});
  }

  /** A copy that one of our writes returned. What the watch has got past is not news, and may have been deleted since. */
  putWritten(object: T): void {
    const { resourceVersion } = object.metadata;
    if (this.#seen !== undefined && compareVersions(resourceVersion, this.#seen) <= 0) return;
    this.#echoes.add(resourceVersion);
    this.texts.share(object);
    this.#put(object, { written: true });
  }

  /** Whether what the watch tells at this resourceVersion is a copy that one of our writes returned. It does so once. */
  takeEcho(version: string): boolean {
    return this.#echoes.delete(version);
  }

  /** A deletion that came by watch, at this resourceVersion. */
  remove(key: string, version: string): void {
    const stored = this.#objects.get(key);
    if (stored === undefined || compareVersions(stored.metadata.resourceVersion, version) > 0) return;
    this.#unset(key, stored);
    this.#tell({ before: stored });
  }

  /** One of our writes found it gone. The watch is yet to tell, and may tell of something earlier before that. */
  removeWritten({ uid, ...name }: Pick<Meta, 'namespace' | 'name' | 'uid'>): void {
    const key = keyOf(name);
    const stored = this.#objects.get(key);
    if (stored?.metadata.uid !== uid) return;
    this.#unset(key, stored);
    this.#tell({ before: stored, written: true });
  }

  /** Takes a whole list, made at this resourceVersion. What we wrote after it stays. */
  replace(objects: ReadonlyMap<string, T>, version: string): void {
    for (const key of [...this.#objects.keys()]) {
      if (!objects.has(key)) this.remove(key, version);
    }
    for (const object of objects.values()) this.put(object);
    for (const echo of this.#echoes) if (compareVersions(echo, version) <= 0) this.#echoes.delete(echo);
    this.advance(version);
  }

  #put(after: T, how: Pick<Change<T>, 'written'>): void {
    if (!this.isNews(after.metadata)) return;
    const key = keyOf(after.metadata);
    const before = this.#objects.get(key);
    this.#objects.set(key, after);
    for (const lookup of this.#lookups) lookup.move(key, before, after);
    if (before === undefined) this.#tell({ ...how, after });
    else if (before.metadata.uid === after.metadata.uid) this.#tell({ ...how, before, after });
    else {
      this.#tell({ before });
      this.#tell({ ...how, after });
    }
  }

  #unset(key: string, object: T): void {
    this.#objects.delete(key);
    for (const lookup of this.#lookups) lookup.move(key, object, undefined);
  }

  /** Built from what is there when the index is first asked for, and kept up from then on. */
  #lookup(index: Index<T>): Lookup<T> {
    const known = this.#indexes.get(index);
    if (known) return known;
    const lookup = new Lookup<T>((object) => index.values(object).map((value) => within(object.metadata.namespace, value)), index.order);
    for (const [key, object] of this.#objects) lookup.move(key, undefined, object);
    this.#indexes.set(index, lookup);
    this.#lookups = [...this.#lookups, lookup];
    return lookup;
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

  #found(keys: readonly string[]): readonly T[] {
    const objects: T[] = [];
    for (const key of keys) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }
}

/** A slash cannot be in a namespace. */
function within(namespace: string, value: string): string {
  return `${namespace}/${value}`;
}

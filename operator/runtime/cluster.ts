import type { Json, Meta, Resource, Stored } from './kind.ts';

/** What objects of a resource are found by, other than their names. It is one constant, and both functions depend on the object alone. */
export interface Index<T extends Stored = Stored> {
  readonly resource: Resource<T>;
  readonly values: (object: T) => readonly string[];
  /** Objects with the same value come in this order; without it, and where it is equal, by name. */
  readonly order?: (object: T) => string;
}

/** A synchronous view of the caches. Reads never reach the API server. */
export interface Reader {
  get<T extends Stored>(resource: Resource<T>, namespace: string, name: string): T | undefined;
  /** Every object of this resource, in no particular order. */
  all<T extends Stored>(resource: Resource<T>): Iterable<T>;
  list<T extends Stored>(resource: Resource<T>, namespace: string): readonly T[];
  /** The objects of this resource whose controlling owner has this uid. */
  owned<T extends Stored>(resource: Resource<T>, ownerUid: string): readonly T[];
  /** The objects of a namespace that the index has under this value, in its order. */
  indexed<T extends Stored>(index: Index<T>, namespace: string, value: string): readonly T[];
  /** The last one of them; the others are not looked at. */
  last<T extends Stored>(index: Index<T>, namespace: string, value: string): T | undefined;
  /** The objects of a namespace that carry this label. */
  labelled<T extends Stored>(resource: Resource<T>, namespace: string, label: { key: string; value: string }): readonly T[];
}

/** Names an object of which the caller saw this very copy: a write with it fails when the object has changed since. */
export interface Precondition {
  readonly uid: string;
  readonly resourceVersion?: string;
}

/**
 * The writes the engine makes. Each promise is rejected with an ApiError. The copy that the API server returns is in
 * the cache before the promise is fulfilled, so the next read sees it.
 */
export interface Writer {
  /** Server-side apply that only creates. Rejected with AlreadyExists when the name is taken. */
  create(resource: Resource, body: Json): Promise<Stored>;
  /** Server-side apply with force, as field manager `modelkeeper`. With `seen` it never brings a deleted object back. */
  apply(resource: Resource, body: Json, seen?: Precondition): Promise<Stored>;
  /** Server-side apply of the status subresource. A conflict when the object has changed since this copy of its metadata. */
  applyStatus(resource: Resource, metadata: Meta, status: Json): Promise<Stored>;
  /** DELETE in the background, with preconditions. Fulfilled also when the object is gone already. */
  remove(resource: Resource, metadata: Pick<Meta, 'namespace' | 'name'>, seen: Precondition): Promise<void>;
  /** POST of an Event; dropped, never retried, when the API server is busy. */
  event(body: Json): Promise<void>;
  /** A live GET, only to decide whether a name is taken by an object that the caches do not see. */
  lookup(resource: Resource, namespace: string, name: string): Promise<Stored | undefined>;
}

/** The old and the new copy; both are given for a changed object. */
export interface Change<T extends Stored> {
  readonly before?: T;
  readonly after?: T;
  /** One of our own writes made it, and returned the new copy. */
  readonly written?: boolean;
}

export interface Cluster extends Writer {
  readonly read: Reader;
  /** Calls back after each change of the cache. */
  onChange<T extends Stored>(resource: Resource<T>, listener: (change: Change<T>) => void): void;
}

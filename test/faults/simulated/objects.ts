import { createHash } from 'node:crypto';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** One change of one stored object. */
export interface Change {
  readonly plural: string;
  readonly key: string;
  readonly type: 'Added' | 'Modified' | 'Deleted';
  readonly version: number;
  /** Of a deletion: the last state, at the resourceVersion of the deletion. */
  readonly live: Json;
  readonly before: Json | undefined;
}

export type Listener = (change: Change) => void;

/** What nobody watches, and so nobody needs the past of. */
const unwatched = new Set(['leases', 'events']);

/** No object of a real API server has ever been stored at a version as low as the first ones. */
const firstVersion = 1_000;

/**
 * What the API server stores: objects by resource and `namespace/name`, and every change since the beginning, in the order
 * of one counter, but those of Leases and Events. An object that was stored is never changed, but replaced.
 */
export class Objects {
  readonly changes: Change[] = [];
  readonly #objects = new Map<string, Map<string, Json>>();
  readonly #born = new Map<string, number>();
  readonly #listeners: Listener[] = [];
  readonly #now: () => number;
  #version = firstVersion;

  constructor(now: () => number) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  get(plural: string, key: string): Json | undefined {
    return this.#objects.get(plural)?.get(key);
  }

  /** In the order of their keys, as etcd has them. */
  list(plural: string): readonly Json[] {
    const objects = [...this.#objects.get(plural) ?? []];
    return objects.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, live]) => live);
  }

  /** The objects as they were after this version. */
  listAt(plural: string, version: number): readonly Json[] {
    if (version >= this.#version) return this.list(plural);
    const objects = new Map<string, Json>();
    for (const change of this.changes) {
      if (change.version > version) break;
      if (change.plural !== plural) continue;
      if (change.type === 'Deleted') objects.delete(change.key);
      else objects.set(change.key, change.live);
    }
    return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, live]) => live);
  }

  /** Stores an object, a new one or in place of one. Its uid tells how many of its name there have been, so it is the same in every run. */
  put(plural: string, live: Json): Json {
    const key = keyOf(live);
    const before = this.get(plural, key);
    const version = ++this.#version;
    const birth = before === undefined ? this.#birth(plural, key) : {};
    const stored = { ...live, metadata: { ...asRecord(live['metadata']), ...birth, resourceVersion: String(version) } };
    this.#of(plural).set(key, stored);
    this.#tell({ plural, key, type: before === undefined ? 'Added' : 'Modified', version, live: stored, before });
    return stored;
  }

  remove(plural: string, key: string): void {
    const before = this.get(plural, key);
    if (before === undefined) return;
    const version = ++this.#version;
    const live = { ...before, metadata: { ...asRecord(before['metadata']), resourceVersion: String(version) } };
    this.#of(plural).delete(key);
    this.#tell({ plural, key, type: 'Deleted', version, live, before });
  }

  #birth(plural: string, key: string): Json {
    const nth = (this.#born.get(`${plural}/${key}`) ?? 0) + 1;
    this.#born.set(`${plural}/${key}`, nth);
    const hex = createHash('sha256').update(`${plural}/${key}/${nth}`).digest('hex');
    const uid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
    return { uid, creationTimestamp: new Date(this.#now()).toISOString().replace(/\.\d{3}Z$/, 'Z') };
  }

  #of(plural: string): Map<string, Json> {
    const objects = this.#objects.get(plural) ?? new Map<string, Json>();
    this.#objects.set(plural, objects);
    return objects;
  }

  #tell(change: Change): void {
    if (unwatched.has(change.plural)) return;
    this.changes.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}

export function keyOf(live: Json): string {
  const { namespace, name } = asRecord(live['metadata']) ?? {};
  return `${typeof namespace === 'string' ? namespace : ''}/${String(name)}`;
}

export function metadataOf(live: Json): Json {
  return asRecord(live['metadata']) ?? {};
}

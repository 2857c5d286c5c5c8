import { keyOf, type Json, type Meta, type Resource, type Stored } from '../runtime/kind.ts';
import { storedVersion, type WatchEvent } from './event.ts';
import type { WatchFault } from './recorder.ts';
import type { Store } from './store.ts';
import { compareVersions } from './version.ts';

type ObjectEvent = Extract<WatchEvent, { type: 'stored' | 'deleted' }>;

/** Ends a watch that has to be given up. */
export class WatchEnd extends Error {
  readonly fault: WatchFault;

  constructor(fault: WatchFault, message: string) {
    super(message.slice(0, 256));
    this.fault = fault;
  }
}

/**
 * Brings what a list or a watch says into the store. The initial objects of a watch are gathered apart and replace the
 * store's content at once, so nobody ever sees half a list.
 */
export class Intake {
  readonly #store: Store;
  readonly #resource: Resource;
  #gathered: Map<string, Stored> | undefined;
  #resume: string | undefined;

  constructor(store: Store, resource: Resource) {
    this.#store = store;
    this.#resource = resource;
  }

  /** A watch can go on from here. Undefined when everything has to be listed. */
  get resume(): string | undefined {
    return this.#resume;
  }

  /** Initial objects are still coming. */
  get gathering(): boolean {
    return this.#gathered !== undefined;
  }

  /** The next watch must start with a list. */
  relist(): void {
    this.#resume = undefined;
  }

  begin(): void {
    this.#gathered = this.#resume === undefined ? new Map() : undefined;
  }

  /** Whether a line only tells what one of our writes has returned. Most lines do, and are not worth parsing. */
  takeEcho(line: string): boolean {
    if (this.#gathered !== undefined) return false;
    const version = storedVersion(line);
    if (version === undefined || this.#isStale(version) || !this.#store.takeEcho(version)) return false;
    this.#advance(version);
    return true;
  }

  /** Returns what was wrong with an event that it left out. Throws WatchEnd when the watch can no longer be followed. */
  take(event: WatchEvent): WatchFault | undefined {
    switch (event.type) {
      case 'error':
        throw new WatchEnd(event.code === 410 ? 'expired' : 'broken', `${event.reason}: ${event.message}`);
      case 'unknown':
        return 'unknown-type';
      case 'unreadable':
        if (this.#gathered === undefined) throw new WatchEnd('malformed', 'an event has an object that cannot be read');
        // It comes with every list, and must not keep all others from being seen.
        return 'malformed';
      case 'bookmark':
        if (this.#gathered === undefined) return this.#advance(event.version);
        if (event.initialEventsEnd) this.replace(this.#gathered, event.version);
        return undefined;
      case 'stored':
      case 'deleted':
        if (this.#gathered === undefined) return this.#follow(event);
        this.#gather(this.#gathered, event);
        return undefined;
    }
  }

  replace(objects: ReadonlyMap<string, Stored>, version: string): void {
    if (this.#isStale(version)) throw new WatchEnd('stale', `the API server answers as of resourceVersion ${version}, older than seen before`);
    this.#store.replace(objects, version);
    this.#gathered = undefined;
    this.#resume = version;
  }

  project(metadata: Meta, live: Json): Stored {
    const object = this.#resource.project(metadata, live);
    this.#store.texts.share(object);
    return object;
  }

  #gather(gathered: Map<string, Stored>, event: ObjectEvent): void {
    const key = keyOf(event.metadata);
    if (event.type === 'deleted') gathered.delete(key);
    else gathered.set(key, this.project(event.metadata, event.live));
  }

  #follow(event: ObjectEvent): WatchFault | undefined {
    const { metadata } = event;
    if (this.#isStale(metadata.resourceVersion)) return 'stale';
    if (event.type === 'deleted') this.#store.remove(keyOf(metadata), metadata.resourceVersion);
    // What an event tells may be here already, and a projection takes time.
    else if (this.#store.isNews(metadata)) this.#store.put(this.project(metadata, event.live));
    return this.#advance(metadata.resourceVersion);
  }

  #advance(version: string): WatchFault | undefined {
    if (this.#isStale(version)) return 'stale';
    this.#resume = version;
    this.#store.advance(version);
    return undefined;
  }

  #isStale(version: string): boolean {
    const { seen } = this.#store;
    return seen !== undefined && compareVersions(version, seen) < 0;
  }
}

interface Entry<K> {
  readonly at: number;
  readonly key: K;
  readonly order: number;
}

/** Below this many, outdated entries are not worth the work of clearing them out. */
const fewEntries = 64;

/**
 * Keys and when each is due. To ask for the first, and to take it, costs the same however many there are, so that one
 * timer can serve them all. An entry whose key was given another time stays in the heap until it comes up.
 */
export class Schedule<K> {
  readonly #current = new Map<K, Entry<K>>();
  #heap: Entry<K>[] = [];
  #order = 0;

  get size(): number {
    return this.#current.size;
  }

  /** When the key is due; undefined when it is not in the schedule. */
  at(key: K): number | undefined {
    return this.#current.get(key)?.at;
  }

  /** When the first key is due. */
  get next(): number | undefined {
    return this.#first()?.at;
  }

  /** Sets when a key is due, whatever was set before. */
  set(key: K, at: number): void {
    if (this.#current.get(key)?.at === at) return;
    const entry = { at, key, order: this.#order++ };
    this.#current.set(key, entry);
    this.#push(entry);
    if (this.#heap.length > fewEntries + 2 * this.#current.size) this.#clear();
  }

  delete(key: K): void {
    this.#current.delete(key);
  }

  /** Takes out the key that has been due for longest; undefined when none is due. Of those due at once, the one set first. */
  take(now: number): K | undefined {
    const first = this.#first();
    if (first === undefined || first.at > now) return undefined;
    this.#pop();
    this.#current.delete(first.key);
    return first.key;
  }

  /** The first entry that still holds. */
  #first(): Entry<K> | undefined {
    for (let [top] = this.#heap; top !== undefined; [top] = this.#heap) {
      if (this.#current.get(top.key) === top) return top;
      this.#pop();
    }
    return undefined;
  }

  /** A sorted list is a heap. */
  #clear(): void {
    this.#heap = [...this.#current.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  #push(entry: Entry<K>): void {
    let place = this.#heap.length;
    for (let parent = (place - 1) >> 1; place > 0; parent = (place - 1) >> 1) {
      const above = this.#heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let place = 0;
    for (let child = this.#childOf(place); child !== undefined; child = this.#childOf(place)) {
      const [index, entry] = child;
      if (!isBefore(entry, last)) break;
      this.#heap[place] = entry;
      place = index;
    }
    this.#heap[place] = last;
  }

  /** The one of two children that comes first. */
  #childOf(place: number): [number, Entry<K>] | undefined {
    const left = this.#heap[2 * place + 1];
    const right = this.#heap[2 * place + 2];
    if (left === undefined) return undefined;
    return right !== undefined && isBefore(right, left) ? [2 * place + 2, right] : [2 * place + 1, left];
  }
}

function isBefore<K>(a: Entry<K>, b: Entry<K>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

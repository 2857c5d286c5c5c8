/** Comes before every character of an order or a key. */
const separator = '\u0000';

/**
 * Keys of objects by values that several of them share. The keys of a value are kept in order, so that equal caches give
 * equal answers, whatever order the events came in, and nobody has to sort when reading.
 */
export class Lookup<T> {
  readonly #lists = new Map<string, string[]>();
  readonly #values: (object: T) => readonly string[];
  readonly #order: ((object: T) => string) | undefined;

  /** Keys come in the order that `order` gives their objects, and by themselves where it is equal. */
  constructor(values: (object: T) => readonly string[], order?: (object: T) => string) {
    this.#values = values;
    this.#order = order;
  }

  keys(value: string): readonly string[] {
    const list = this.#lists.get(value) ?? [];
    return this.#order === undefined ? list : list.map(keyIn);
  }

  last(value: string): string | undefined {
    const entry = this.#lists.get(value)?.at(-1);
    return entry === undefined || this.#order === undefined ? entry : keyIn(entry);
  }

  /** Notes that an object has come, changed or gone. Most changes are none of what it is found by. */
  move(key: string, before: T | undefined, after: T | undefined): void {
    const from = before === undefined ? [] : this.#values(before);
    const to = after === undefined ? [] : this.#values(after);
    const old = before === undefined ? '' : this.#entry(key, before);
    const entry = after === undefined ? '' : this.#entry(key, after);
    if (old === entry && from.length === to.length && from.every((value, at) => value === to[at])) return;
    for (const value of from) this.#remove(value, old);
    for (const value of to) this.#add(value, entry);
  }

  #entry(key: string, object: T): string {
    return this.#order === undefined ? key : this.#order(object) + separator + key;
  }

  #add(value: string, entry: string): void {
    const list = this.#lists.get(value);
    if (list === undefined) {
      this.#lists.set(value, [entry]);
      return;
    }
    const place = placeOf(list, entry);
    if (list[place] !== entry) list.splice(place, 0, entry);
  }

  #remove(value: string, entry: string): void {
    const list = this.#lists.get(value);
    if (list === undefined) return;
    const place = placeOf(list, entry);
    if (list[place] === entry) list.splice(place, 1);
    if (list.length === 0) this.#lists.delete(value);
  }
}

function keyIn(entry: string): string {
  return entry.slice(entry.indexOf(separator) + 1);
}

/** Where the entry is in a sorted list, or where it belongs. */
function placeOf(list: readonly string[], entry: string): number {
  const last = list.at(-1);
  if (last === undefined || last < entry) return list.length;
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? '') < entry) low = middle + 1;
    else high = middle;
  }
  return low;
}

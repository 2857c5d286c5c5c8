/** What is to happen at a time, if nobody cancels it. */
export interface Timer {
  readonly at: number;
  /** Of those of the same time, the lower one comes first. */
  readonly order: number;
}

/** Timers, the earliest first. */
export class Heap<T extends Timer> {
  readonly #timers: T[] = [];

  peek(): T | undefined {
    return this.#timers[0];
  }

  push(timer: T): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, timer)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  pop(): void {
    const heap = this.#timers;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const [below, child] = b !== undefined && isBefore(b, a) ? [left + 1, b] : [left, a];
      if (isBefore(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}

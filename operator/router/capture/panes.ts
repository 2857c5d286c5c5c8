import { maxPanes, type Pane, type Panes } from '../../dataplane/routing.ts';
import type { Outcomes } from '../../profile/format.ts';
import { noOutcomes } from '../../profile/window.ts';
import type { Baseline } from './baseline.ts';

/** Where something is counted. */
export interface Place {
  readonly baseline: Baseline;
  /** When the pane began. */
  readonly start: number;
}

/** The counts of one pane. Values that are missing are not counted: they are what rows have more than cells. */
export interface Tally {
  rows: number;
  readonly cells: Uint32Array;
  readonly outcomes: Outcomes;
  dropped: number;
  unreadable: number;
}

interface Kept extends Place, Tally {
  paneMs: number;
  /** Number of the change that was the last to this pane. */
  changed: number;
}

export interface Room {
  readonly panes: number;
  readonly bytes: number;
}

/** Two days of panes of five minutes. */
export const defaultRoom: Room = { panes: 576, bytes: 16 * 1024 * 1024 };

/** As many cells as one answer holds, so that writing it does not hold requests up. */
const maxCells = 128 * 1024;
/** What a pane takes besides its cells, about. */
const paneBytes = 512;

export interface PaneEvents {
  readonly added: () => void;
  readonly dropped: () => void;
}

/** The panes of this process. When there is no room the oldest are dropped, and nothing is counted for times before them any more. */
export class PaneRing {
  readonly #room: Room;
  readonly #events: PaneEvents;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  #changes = 0;
  /** The latest start of a pane that was dropped. One that came back would hold less than the operator has of it. */
  #droppedUntil = -Infinity;
  #delivered = 0;

  constructor(events: PaneEvents, room: Room = defaultRoom) {
    this.#events = events;
    this.#room = room;
  }

  /** Counts in the pane of a place; false when it is too old to be kept. */
  count(place: Place, paneMs: number, count: (tally: Tally) => void): boolean {
    const pane = this.#kept.get(nameOf(place)) ?? this.#add(place);
    if (pane === undefined) return false;
    count(pane);
    // The length may have been configured anew since the pane began.
    pane.paneMs = Math.max(pane.paneMs, paneMs);
    pane.changed = this.#changes += 1;
    return true;
  }

  /** What has changed since the answer that bore `cursor`, longest unchanged first; panes that began before `from` are left out. */
  changedAfter(cursor: number, from = 0): Omit<Panes, 'instance'> {
    const changed = [...this.#kept.values()].filter((pane) => pane.changed > cursor).sort((a, b) => a.changed - b.changed);
    const wanted = changed.filter(({ start }) => start >= from);
    let cells = 0;
    const list = wanted.slice(0, maxPanes).filter((pane, i) => (cells += pane.cells.length) <= maxCells || i === 0);
    const more = list.length < wanted.length;
    return { cursor: (more ? list : changed).at(-1)?.changed ?? cursor, more, list: list.map(contentOf) };
  }

  /** An answer with this cursor has been sent. */
  delivered(cursor: number): void {
    this.#delivered = Math.max(this.#delivered, cursor);
  }

  /** True while there are counts that no answer has told. */
  get undelivered(): boolean {
    return [...this.#kept.values()].some(({ changed }) => changed > this.#delivered);
  }

  #add(place: Place): Kept | undefined {
    const { baseline, start } = place;
    const length = baseline.offsets.at(-1) ?? 0;
    if (start <= this.#droppedUntil || !this.#makeRoom(start, paneBytes + 4 * length)) return undefined;
    const pane = { baseline, start, paneMs: 0, rows: 0, cells: new Uint32Array(length), outcomes: { ...noOutcomes }, dropped: 0, unreadable: 0, changed: 0 };
    this.#kept.set(nameOf(place), pane);
    this.#bytes += bytesOf(pane);
    this.#events.added();
    return pane;
  }

  /** Drops panes older than `start` until there is room; false when only newer ones are left. */
  #makeRoom(start: number, bytes: number): boolean {
    while (this.#kept.size >= this.#room.panes || this.#bytes + bytes > this.#room.bytes) {
      const oldest = [...this.#kept.values()].reduce<Kept | undefined>((old, pane) => (old !== undefined && old.start <= pane.start ? old : pane), undefined);
      if (oldest === undefined || oldest.start >= start) return false;
      this.#kept.delete(nameOf(oldest));
      this.#bytes -= bytesOf(oldest);
      this.#droppedUntil = oldest.start;
      this.#events.dropped();
    }
    return true;
  }
}

function nameOf({ baseline, start }: Place): string {
  return `${start}/${baseline.version}/${baseline.digest}`;
}

function bytesOf({ cells }: Kept): number {
  return paneBytes + cells.byteLength;
}

function contentOf({ baseline, start, paneMs, rows, cells, outcomes, dropped, unreadable }: Kept): Pane {
  const features = baseline.features.map((_, feature) => {
    const counts = Array.from(cells.subarray(baseline.offsets[feature], baseline.offsets[feature + 1]));
    return { missing: rows - counts.reduce((sum, count) => sum + count, 0), counts };
  });
  return { version: baseline.version, start, paneMs, baseline: baseline.digest, rows, features, outcomes: { ...outcomes }, dropped, unreadable };
}

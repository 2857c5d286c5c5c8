import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { maxPanes, Pane } from '../../dataplane/routing.ts';
import type { Bins, WindowCounts } from '../../profile/format.ts';
import { emptyWindow, mergeWindows } from '../../profile/window.ts';
import { baselineOf, type Baseline } from './baseline.ts';
import { PaneRing, type Place, type Room, type Tally } from './panes.ts';

const features: Bins[] = [
  { type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [0] },
  { type: 'Categorical', name: 'country', categories: ['DE', 'FR'] },
];
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const v1 = baselineOf('v1', digest('a'), features);

function ring(room?: Room): { panes: PaneRing; add: (start: number, baseline?: Baseline) => boolean; all: () => readonly Pane[]; counts: { kept: number; dropped: number } } {
  const counts = { kept: 0, dropped: 0 };
  const events = { added: () => { counts.kept += 1; }, dropped: () => { counts.dropped += 1; } };
  const panes = new PaneRing(events, room);
  const add = (start: number, baseline = v1): boolean => panes.count({ baseline, start }, 1_000, (tally) => { tally.rows += 1; });
  return { panes, add, all: () => everything(panes), counts };
}

/** All panes, answer by answer. */
function everything(panes: PaneRing): readonly Pane[] {
  const list: Pane[] = [];
  for (let answer = panes.changedAfter(0); ; answer = panes.changedAfter(answer.cursor)) {
    list.push(...answer.list);
    if (!answer.more) return list;
  }
}

const starts = (list: readonly Pane[]): number[] => list.map(({ start }) => start);

describe('panes', () => {
  test('are what the contract says, and rows without a value count as missing', () => {
    const { panes, all } = ring();
    panes.count({ baseline: v1, start: 60_000 }, 30_000, (tally) => {
      tally.rows += 3;
      tally.cells.set([0, 1, 1, 0, 3, 0, 0]);
      tally.outcomes.wrong += 1;
      tally.dropped += 4;
      tally.unreadable += 5;
    });
    expect(all().map((pane) => Pane.parse(pane))).toEqual([{
      version: 'v1', start: 60_000, paneMs: 30_000, baseline: digest('a'), rows: 3,
      features: [{ missing: 1, counts: [0, 1, 1, 0] }, { missing: 0, counts: [3, 0, 0] }],
      outcomes: { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, wrong: 1 }, dropped: 4, unreadable: 5,
    }]);
  });

  test('of versions, of profiles and of times never mix', () => {
    const { add, all } = ring();
    for (const baseline of [v1, baselineOf('v1', digest('b'), features), baselineOf('v2', digest('a'), features), baselineOf('v1', '', [])]) {
      for (const start of [0, 1_000]) add(start, baseline);
    }
    expect(new Set(all().map(({ version, baseline, start }) => `${version} ${baseline} ${start}`)).size).toBe(8);
    expect(all().every(({ rows }) => rows === 1)).toBe(true);
  });

  test('keep their longest length when the length changes', () => {
    const { panes, all } = ring();
    for (const paneMs of [1_000, 5_000, 2_000]) panes.count({ baseline: v1, start: 0 }, paneMs, () => undefined);
    expect(all().map(({ paneMs }) => paneMs)).toEqual([5_000]);
  });

  test('added up are one pass, however they are interleaved', () => {
    const event = fc.record({ start: fc.constantFrom(0, 1_000, 2_000), cells: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 2 })) });
    fc.assert(fc.property(fc.array(event), fc.infiniteStream(fc.boolean()), (events, sides) => {
      const count = (panes: PaneRing, place: Place, [amount, country]: readonly [number, number]): void => void panes.count(place, 1_000, (tally) => {
        tally.rows += 1;
        if (amount >= 0) bump(tally, amount);
        if (country >= 0) bump(tally, 4 + country);
      });
      const [one, left, right] = [ring().panes, ring().panes, ring().panes];
      const side = sides[Symbol.iterator]();
      for (const { start, cells } of events) {
        count(one, { baseline: v1, start }, cells);
        count(side.next().value === true ? left : right, { baseline: v1, start }, cells);
      }
      expect(totals([...everything(left), ...everything(right)])).toEqual(totals(everything(one)));
    }));
  });
});

function bump({ cells }: Tally, cell: number): void {
  cells[cell] = (cells[cell] ?? 0) + 1;
}

/** The panes of each start together. */
function totals(panes: readonly Pane[]): Record<number, WindowCounts> {
  const sums: Record<number, WindowCounts> = {};
  for (const { start, rows, features: counted, outcomes } of panes) {
    sums[start] = mergeWindows(sums[start] ?? emptyWindow(features), { rows, features: counted, outcomes });
  }
  return sums;
}

describe('the ring', () => {
  test('drops the oldest panes when there are too many', () => {
    const { add, all, counts } = ring({ panes: 3, bytes: 1e6 });
    for (const start of [5, 2, 9, 7, 8]) expect(add(start)).toBe(true);
    expect(starts(all()).sort()).toEqual([7, 8, 9]);
    expect(counts).toEqual({ kept: 5, dropped: 2 });
  });

  test('drops the oldest panes when they take too many bytes', () => {
    const { add, all } = ring({ panes: 1_000, bytes: 10_000 });
    for (let start = 0; start < 100; start += 1) add(start);
    expect(all().length).toBeLessThan(20);
    expect(starts(all())).toEqual(Array.from({ length: all().length }, (_, i) => 100 - all().length + i));
  });

  test('counts nothing for a pane that it has dropped, or would have to drop at once', () => {
    const { add, all } = ring({ panes: 2, bytes: 1e6 });
    for (const start of [1, 2, 3]) add(start);
    expect([add(1), add(0), add(2), add(2, baselineOf('v2', '', []))]).toEqual([false, false, true, false]);
    expect(starts(all())).toEqual([3, 2]);
  });

  test('never holds more than it has room for, and what it has of a pane never shrinks', () => {
    const baselines = [v1, baselineOf('v2', digest('b'), [])];
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(30), fc.constantFrom(...baselines))), (events) => {
      const { add, all } = ring({ panes: 5, bytes: 2_000 });
      const seen = new Map<string, number>();
      for (const [start, baseline] of events) {
        add(start, baseline);
        expect(all().length).toBeLessThanOrEqual(5);
        for (const pane of all()) {
          const name = `${pane.version} ${pane.start}`;
          expect(pane.rows).toBeGreaterThanOrEqual(seen.get(name) ?? 0);
          seen.set(name, pane.rows);
        }
      }
    }));
  });
});

describe('pulling', () => {
  test('tells each change once, and again after another change', () => {
    const { panes, add } = ring();
    for (const start of [1, 2]) add(start);
    const first = panes.changedAfter(0);
    expect([starts(first.list), first.more]).toEqual([[1, 2], false]);
    expect(panes.changedAfter(first.cursor)).toEqual({ cursor: first.cursor, more: false, list: [] });
    add(1);
    expect(panes.changedAfter(first.cursor).list.map(({ start, rows }) => [start, rows])).toEqual([[1, 2]]);
    expect(panes.changedAfter(0)).toEqual(panes.changedAfter(0));
  });

  test('goes on where the last answer ended, also when panes change meanwhile', () => {
    const { panes, add } = ring();
    for (let start = 0; start < 2 * maxPanes + 10; start += 1) add(start);
    const pulled = new Map<number, number>();
    let answers = 0;
    for (let cursor = 0, more = true; more; answers += 1) {
      const answer = panes.changedAfter(cursor);
      for (const { start, rows } of answer.list) pulled.set(start, rows);
      ({ cursor, more } = answer);
      if (answers < 2) add(answers);
    }
    expect(pulled.size).toBe(2 * maxPanes + 10);
    expect([pulled.get(0), pulled.get(1), pulled.get(2)]).toEqual([2, 2, 1]);
  });

  test('of wide profiles tells a few panes at a time', () => {
    const wide = baselineOf('v1', digest('c'), Array.from({ length: 1_000 }, (_, i) => ({ type: 'Numeric' as const, name: `f${i}`, edges: Array.from({ length: 99 }, (_edge, e) => e), atoms: [] })));
    const { panes, add, all } = ring();
    for (let start = 0; start < 5; start += 1) add(start, wide);
    expect([panes.changedAfter(0).list.length, panes.changedAfter(0).more]).toEqual([1, true]);
    expect(starts(all())).toEqual([0, 1, 2, 3, 4]);
  });

  test('leaves out what began too early, and is over all the same', () => {
    const { panes, add } = ring();
    for (const start of [1, 2, 1]) add(start);
    const { cursor, more, list } = panes.changedAfter(0, 2);
    expect([starts(list), more]).toEqual([[2], false]);
    panes.delivered(cursor);
    expect(panes.undelivered).toBe(false);
  });

  test('is over when what has changed last has been told', () => {
    const { panes, add } = ring();
    expect(panes.undelivered).toBe(false);
    add(1);
    const { cursor } = panes.changedAfter(0);
    expect(panes.undelivered).toBe(true);
    panes.delivered(cursor);
    expect(panes.undelivered).toBe(false);
    add(1);
    expect(panes.undelivered).toBe(true);
  });
});

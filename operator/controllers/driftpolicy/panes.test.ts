import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digest, make, now } from '../../../test/make.ts';
import type { Pane } from '../../dataplane/routing.ts';
import { binsOf } from '../../profile/cells.ts';
import { emptyWindow, noOutcomes } from '../../profile/window.ts';
import { held as heldPane, type Captured, type HeldPane } from '../modeldeployment/panes.ts';
import { carried, maxCarriedBytes, packPanes, union, unpackPanes, windowSum } from './panes.ts';

const bins = make.profile.features.map(binsOf);
const baseline = digest('b');
const of = { version: 'fraud-1', baseline, start: now, end: now + 60_000 };

function pane(changes: Partial<Pane> = {}, rows = 1): Pane {
  const empty = emptyWindow(bins);
  const features = empty.features.map(({ counts }) => ({ missing: 0, counts: [0, rows, ...counts.slice(2)] }));
  return { version: 'fraud-1', start: now, paneMs: 10_000, baseline, rows, features, outcomes: { ...noOutcomes, truePositive: 1 }, dropped: 0, unreadable: 0, ...changes };
}
const held = (instance: string, changes: Partial<Pane> = {}, rows = 1): HeldPane => {
  const made = pane(changes, rows);
  return heldPane(instance, made, () => made);
};
const opened = (panes: readonly HeldPane[]): [string, Pane][] => panes.map(({ instance, open }) => [instance, open()]);
const captured = (panes: readonly HeldPane[], ...instances: string[]): Captured => ({ panes, instances: new Set(instances), completeUntil: 0 });

describe('the sum of a window', () => {
  test.each<[string, HeldPane[], [rows: number, labels: number]]>([
    ['adds up every router', [held('a'), held('b'), held('b', { start: now + 10_000 })], [3, 3]],
    ['begins with its start and ends before its end', [held('a', { start: now - 10_000 }), held('a'), held('a', { start: now + 60_000 })], [1, 1]],
    ['leaves out other versions', [held('a', { version: 'fraud-2' })], [0, 0]],
    ['takes labels alone from panes of another baseline', [held('a', { baseline: digest('c') }), held('a', { baseline: '', features: [] })], [0, 2]],
    ['takes labels alone from a pane whose cells are others', [held('a', { features: [] }), held('a', { features: bins.map(() => ({ missing: 0, counts: [1] })), start: now + 1 })], [0, 2]],
  ])('%s', (_name, panes, [rows, labels]) => {
    const { counts } = windowSum(panes, of, bins);
    expect([counts.rows, counts.outcomes.truePositive]).toEqual([rows, labels]);
  });

  test('says how many requests are not in it', () => {
    expect(windowSum([held('a', { dropped: 2, unreadable: 3 })], of, bins).lost).toBe(5);
  });

  test('does not depend on the order of the panes, nor on what is told twice', () => {
    const drawn = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 9 })), { maxLength: 20 });
    fc.assert(fc.property(drawn, (parts) => {
      const panes = parts.map(([instance, at, rows]) => held(instance, { start: now + at * 10_000 }, rows));
      const once = union(captured(panes), []);
      const again = union(captured([...once].reverse()), once);
      expect(windowSum(again, of, bins)).toEqual(windowSum(once, of, bins));
    }));
  });
});

describe('panes of routers that are gone', () => {
  test('are kept, those of routers that live are not: they can tell them again', () => {
    expect(carried(captured([held('a'), held('gone')], 'a'), [held('older', { start: now - 10_000 })], 0).map(({ instance }) => instance)).toEqual(['older', 'gone']);
  });

  test('are let go of when no window needs them', () => {
    expect(carried(captured([held('gone')]), [], now + 1)).toEqual([]);
  });

  test('come back as they were', () => {
    const panes = [held('a'), held('b', { start: now + 10_000 })];
    expect(opened(unpackPanes(packPanes(panes)))).toEqual(opened(panes));
  });

  test.each([['nothing', undefined], ['something else', 'bm90IGd6aXA='], ['an empty text', '']])('are none when there is %s', (_name, text) => expect(unpackPanes(text)).toEqual([]));

  test('lose their oldest when they are too many for a ConfigMap', () => {
    let state = 1;
    const noise = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31);
    const many = Array.from({ length: 400 }, (_, at) => held('gone', { start: now + at, features: Array.from({ length: 20 }, () => ({ missing: noise(), counts: Array.from({ length: 20 }, noise) })) }));
    const packed = packPanes(many);
    expect(Buffer.from(packed, 'base64').length).toBeLessThanOrEqual(maxCarriedBytes);
    expect(opened(unpackPanes(packed)).at(-1)).toEqual(opened(many).at(-1));
  });
});

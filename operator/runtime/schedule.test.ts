import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Schedule } from './schedule.ts';

/** Everything that is due, in the order it is taken. */
function takeAll<K>(schedule: Schedule<K>, now: number): K[] {
  const taken: K[] = [];
  for (let key = schedule.take(now); key !== undefined; key = schedule.take(now)) taken.push(key);
  return taken;
}

function scheduled(...times: readonly [string, number][]): Schedule<string> {
  const schedule = new Schedule<string>();
  for (const [key, at] of times) schedule.set(key, at);
  return schedule;
}

describe('a schedule', () => {
  test.each<[string, [string, number][], number, string[]]>([
    ['gives nothing before its time', [['a', 10]], 9, []],
    ['gives what is due, the earliest first', [['c', 3], ['a', 1], ['b', 2], ['d', 4]], 3, ['a', 'b', 'c']],
    ['gives keys of one time in the order they came', [['b', 1], ['a', 1], ['c', 1]], 1, ['b', 'a', 'c']],
    ['takes the last time that was set, when it is earlier', [['a', 9], ['b', 5], ['a', 1]], 5, ['a', 'b']],
    ['takes the last time that was set, when it is later', [['a', 1], ['b', 5], ['a', 9]], 5, ['b']],
  ])('%s', (_name, times, now, expected) => expect(takeAll(scheduled(...times), now)).toEqual(expected));

  test('tells when the first key is due, and no longer when it was deleted', () => {
    const schedule = scheduled(['a', 1], ['b', 2]);
    expect(schedule.next).toBe(1);
    schedule.delete('a');
    expect([schedule.next, schedule.at('a'), schedule.at('b'), schedule.size]).toEqual([2, undefined, 2, 1]);
  });

  test('is empty when all was taken, whatever was set in between', () => {
    const schedule = new Schedule<number>();
    for (let n = 0; n < 10_000; n += 1) schedule.set(n % 10, 10_000 - n);
    expect(takeAll(schedule, 10_000)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    expect([schedule.next, schedule.size]).toEqual([undefined, 0]);
  });

  test('agrees with a sorted list after any changes', () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.option(fc.integer({ min: 0, max: 50 })));
    fc.assert(fc.property(fc.array(change, { maxLength: 300 }), fc.integer({ min: 0, max: 50 }), (changes, now) => {
      const schedule = new Schedule<number>();
      const model = new Map<number, { at: number; order: number }>();
      for (const [order, [key, at]] of changes.entries()) {
        if (at === null) {
          schedule.delete(key);
          model.delete(key);
        } else if (model.get(key)?.at !== at) {
          schedule.set(key, at);
          model.set(key, { at, order });
        }
      }
      const expected = [...model].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at || a.order - b.order).map(([key]) => key);
      expect(takeAll(schedule, now)).toEqual(expected);
    }));
  });
});

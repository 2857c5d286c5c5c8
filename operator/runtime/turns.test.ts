import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Turns } from './turns.ts';

let now = 0;

beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** Does so many pieces of work of a millisecond each, and notes after each what is done. */
async function work(turns: Turns, pieces: number, note: () => void): Promise<void> {
  for (let piece = 0; piece < pieces; piece += 1) {
    now += 1;
    note();
    const next = turns.yield();
    if (next) await next;
  }
}

/** The milliseconds of each turn of the event loop until there is nothing left to do. */
async function turnsUntil(done: Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let startedAt = now;
  let goesOn = true;
  const turn = (): void => {
    took.push(now - startedAt);
    startedAt = now;
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  await done;
  goesOn = false;
  return took;
}

test('however many work at the same time, no turn is much longer than ten milliseconds', async () => {
  const turns = new Turns();
  const took = await turnsUntil(Promise.all(Array.from({ length: 20 }, () => work(turns, 40, () => undefined))));
  expect(now).toBe(800);
  // All twenty begin in the first one, each with its first piece.
  expect(Math.max(...took.slice(1))).toBeLessThanOrEqual(20);
  expect(took.length).toBeGreaterThan(40);
});

test('nobody waits for another one to be done', async () => {
  const turns = new Turns();
  const done = { one: 0, other: 0 };
  let furthestApart = 0;
  const note = (who: keyof typeof done) => (): void => {
    done[who] += 1;
    furthestApart = Math.max(furthestApart, Math.abs(done.one - done.other));
  };
  await Promise.all([work(turns, 100, note('one')), work(turns, 100, note('other'))]);
  expect(furthestApart).toBeLessThanOrEqual(20);
});

test('a short turn is not ended', () => {
  const turns = new Turns();
  expect(turns.yield()).toBeUndefined();
  now = 9.9;
  expect(turns.yield()).toBeUndefined();
});

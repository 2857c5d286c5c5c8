import { afterEach, expect, test } from '@jest/globals';
import { VirtualClock, type Bounds } from './clock.ts';

let clock: VirtualClock | undefined;
const errors: unknown[] = [];

afterEach(() => {
  clock?.close();
  errors.length = 0;
});

function started(bounds: Bounds = { ms: 1_000_000, turns: 1_000 }): VirtualClock {
  clock = new VirtualClock({ startMs: 0, onError: (error) => errors.push(error), bounds });
  return clock;
}

/** Happens again and again, so many milliseconds apart. */
function busy(on: VirtualClock, ms: number): void {
  on.after(ms, () => busy(on, ms));
}

test('a condition that throws ends the wait for it, and nothing else', async () => {
  const time = started();
  const faulty = time.until(100, () => {
    if (time.now >= 5) throw new Error('no such member');
    return false;
  });
  const sound = time.until(100, () => time.now >= 20);
  busy(time, 5);
  await expect(faulty).rejects.toThrow('no such member');
  await expect(sound).resolves.toBe(true);
});

test('what throws when it happens is told, and time goes on', async () => {
  const time = started();
  time.after(1, () => {
    throw new Error('a player fell over');
  });
  await time.elapse(10);
  expect([time.now, errors.map(String)]).toEqual([10, ['Error: a player fell over']]);
});

test.each<[string, number, Bounds, string]>([
  ['when time stands still', 0, { turns: 50, ms: 1_000 }, 'a run may take 50 turns, and this one takes more'],
  ['when time goes on for ever', 3_600_000, { turns: 50, ms: 7_200_000 }, 'a run may take 2 hours, and this one takes more'],
])('%s, whoever waits is told so, also later', async (...[, everyMs, bounds, why]) => {
  const time = started(bounds);
  busy(time, everyMs);
  await expect(time.until(86_400_000, () => false)).rejects.toThrow(why);
  await expect(time.elapse(1)).rejects.toThrow(why);
  expect((await time.exhausted).message).toBe(why);
});

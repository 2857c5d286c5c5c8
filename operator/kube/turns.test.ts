import { expect, jest, test } from '@jest/globals';
import { Turns } from './turns.ts';

test('readers that read at the same time share one turn, and all get on', async () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  const turns = new Turns();
  const longest: number[] = [];
  let startedAt = 0;
  let reading = 3;
  const read = async (): Promise<void> => {
    for (let line = 0; line < 40; line += 1) {
      now += 1;
      await turns.yield();
    }
    reading -= 1;
  };
  const turn = (): void => {
    longest.push(now - startedAt);
    startedAt = now;
    if (reading > 0) setImmediate(turn);
  };
  setImmediate(turn);
  await Promise.all([read(), read(), read()]);
  clock.mockRestore();
  expect(now).toBe(120);
  expect(Math.max(...longest)).toBeLessThanOrEqual(14);
});

test('a short turn is not ended', () => {
  const turns = new Turns();
  expect(turns.yield()).toBeUndefined();
});

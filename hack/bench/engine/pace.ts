import { setTimeout as sleep } from 'node:timers/promises';

/** Does `act` for each number from `from`, so many at a time. */
export async function closedLoop(count: number, inFlight: number, act: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(count, inFlight) }, async () => {
    while (next < count) await act(next++);
  }));
}

/** Begins `act` so many times a second, however long each takes. */
export async function openLoop(count: number, perSecond: number, act: (at: number) => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  for (let at = 0; at < count; at += 1) {
    await sleep(Math.max(0, startedAt + at * 1_000 / perSecond - performance.now()));
    running.push(act(at));
  }
  await Promise.all(running);
}

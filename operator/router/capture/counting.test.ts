import { afterEach, describe, expect, test } from '@jest/globals';
import { Worker } from 'node:worker_threads';
import type { Bins } from '../../profile/format.ts';
import { baselineOf } from './baseline.ts';
import { CountingThread, type Loss } from './counting.ts';
import { captureThread } from './thread.ts';

const features: Bins[] = [{ type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [0] }];
const baseline = baselineOf('v1', 'd', features);
const body = Buffer.from('{"inputs":[{"name":"amount","shape":[2],"data":[5,null]}]}');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const started: CountingThread[] = [];
afterEach(() => Promise.all(started.splice(0).map((thread) => thread.close(0))));

interface Counted {
  readonly rows: number[];
  readonly cells: number[][];
  readonly lost: Partial<Record<Loss, number>>;
}

function counting(startThread: () => Worker): { thread: CountingThread; seen: Counted; offer: (samples: number) => void } {
  const seen: Counted = { rows: [], cells: [], lost: {} };
  const thread = new CountingThread({
    startThread,
    log: silent,
    counted: (_, rows, { all, from, to }) => {
      seen.rows.push(rows);
      seen.cells.push([...all.slice(from, to)]);
    },
    lost: (_, loss) => { seen.lost[loss] = (seen.lost[loss] ?? 0) + 1; },
  });
  started.push(thread);
  return { thread, seen, offer: (samples) => { for (let i = 0; i < samples; i += 1) thread.offer({ baseline, start: 0, body }); } };
}

const real = (): Worker => new Worker(new URL('../../main.ts', import.meta.url), captureThread);
/** Takes batches and never reports. */
const stuck = (): Worker => new Worker('setInterval(() => undefined, 1000)', { eval: true });

describe('the thread that counts', () => {
  test('counts all samples, in any number of batches', async () => {
    const { thread, seen, offer } = counting(real);
    offer(600);
    await thread.close(60_000);
    expect([seen.rows.length, seen.rows.every((rows) => rows === 2), seen.lost]).toEqual([600, true, {}]);
    expect(seen.cells.every((cells) => cells.length === 1 && cells[0] === 2)).toBe(true);
  });

  test('counts each sample by its own profile, also by one that is not in use any more', async () => {
    const { thread, seen } = counting(real);
    const other = baselineOf('v2', 'e', [{ type: 'Categorical', name: 'amount', categories: ['5'] }]);
    thread.retain(new Set([baseline]));
    for (const one of [baseline, other, baseline]) thread.offer({ baseline: one, start: 0, body });
    await thread.close(60_000);
    expect(seen.cells).toEqual([[2], [0], [2]]);
  });

  test('tells which samples cannot be read', async () => {
    const { thread, seen, offer } = counting(real);
    thread.offer({ baseline, start: 0, body: Buffer.from('NaN') });
    offer(1);
    await thread.close(60_000);
    expect([seen.rows, seen.lost]).toEqual([[2], { unreadable: 1 }]);
  });

  test('has counted what was offered before when it is settled, whatever is offered meanwhile', async () => {
    const { thread, seen, offer } = counting(real);
    offer(300);
    const settled = thread.settle(60_000);
    const more = setInterval(() => offer(1), 1);
    await settled;
    clearInterval(more);
    expect(seen.rows.length).toBeGreaterThanOrEqual(300);
    await thread.close(60_000);
    expect(seen.lost).toEqual({});
  });

  test('is settled after a while when it does not report', async () => {
    const { thread, seen, offer } = counting(stuck);
    offer(1);
    await thread.settle(20);
    expect(seen.rows).toEqual([]);
  });

  test('that does not report holds up a bounded number of samples, and no more is taken', async () => {
    const { thread, seen, offer } = counting(stuck);
    offer(5_000);
    const held = 256 + 2_048;
    expect(seen.lost).toEqual({ queue_full: 5_000 - held });
    await thread.close(50);
    expect([seen.rows, seen.lost]).toEqual([[], { queue_full: 5_000 - held, thread_ended: held }]);
    offer(1);
    expect(seen.lost.queue_full).toBe(5_001 - held);
  });

  test('that ends loses what it had, and the next one counts on', async () => {
    const threads: Worker[] = [];
    const ended = Promise.withResolvers<undefined>();
    const { thread, seen, offer } = counting(() => {
      const worker = threads.length === 0 ? stuck() : real();
      threads.push(worker);
      if (threads.length === 1) worker.once('online', () => void worker.terminate().then(() => ended.resolve(undefined)));
      return worker;
    });
    offer(1);
    await ended.promise;
    expect(seen.lost).toEqual({ thread_ended: 1 });
    offer(3);
    await thread.close(60_000);
    expect([threads.length, seen.rows.length, seen.lost]).toEqual([2, 3, { thread_ended: 1 }]);
  });

  test('that cannot be started loses what it should have counted', async () => {
    const tried = Promise.withResolvers<undefined>();
    const { seen, offer } = counting(() => {
      tried.resolve(undefined);
      throw new Error('no more threads');
    });
    offer(2);
    await tried.promise;
    expect(seen.lost).toEqual({ thread_ended: 2 });
  });
});

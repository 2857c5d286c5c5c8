import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Queue, type Lane } from './queue.ts';
import { FakeClock } from './testing/clock.ts';

let clock: FakeClock;
let random: number;
let queue: Queue;

beforeEach(() => {
  clock = new FakeClock();
  random = 0.5;
  queue = new Queue(clock, () => random);
});

/** Takes everything that waits, without ending any of it. */
async function takeAll(): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  while (queue.depth > 0) keys.push(await queue.take());
  return keys;
}

describe('a key', () => {
  test('waits once, however often it is added', async () => {
    for (let n = 0; n < 5; n += 1) queue.add('ns/a');
    expect(queue.depth).toBe(1);
    expect(await takeAll()).toEqual(['ns/a']);
  });

  test('that was added while it was processed is processed once more, and not before', async () => {
    queue.add('ns/a');
    await queue.take();
    queue.add('ns/a');
    queue.add('ns/a');
    expect(queue.depth).toBe(0);
    queue.done('ns/a');
    expect(await takeAll()).toEqual(['ns/a']);
    queue.done('ns/a');
    expect(queue.depth).toBe(0);
  });

  test('goes straight to a worker that waits', async () => {
    const taken = queue.take();
    queue.add('ns/a');
    expect(await taken).toBe('ns/a');
    expect(queue.depth).toBe(0);
  });

  test('that goes straight to a worker is being processed', async () => {
    const taken = queue.take();
    queue.add('ns/a');
    await taken;
    queue.add('ns/a');
    expect(queue.depth).toBe(0);
    queue.done('ns/a');
    expect(queue.depth).toBe(1);
  });

  test('is never processed twice at a time', async () => {
    const workers = [queue.take(), queue.take()];
    queue.add('ns/a');
    queue.add('ns/a');
    queue.add('ns/b');
    expect(await Promise.all(workers)).toEqual(['ns/a', 'ns/b']);
  });
});

describe('a delay', () => {
  test.each<[string, number[], number]>([
    ['a later one changes nothing', [100, 200], 100],
    ['an earlier one replaces it', [200, 100], 100],
    ['of several the earliest counts', [300, 100, 200], 100],
  ])('%s', (_name, delays, expected) => {
    for (const ms of delays) queue.addAfter('ns/a', ms);
    clock.advance(expected - 1);
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(queue.depth).toBe(1);
    expect(clock.untilNext).toBeUndefined();
  });

  test('that ends while the key is processed lets it be processed again', async () => {
    queue.add('ns/a');
    await queue.take();
    queue.addAfter('ns/a', 10);
    clock.advance(10);
    expect(queue.depth).toBe(0);
    queue.done('ns/a');
    expect(await takeAll()).toEqual(['ns/a']);
  });

  test('does not keep a change waiting', () => {
    queue.addAfter('ns/a', 1_000);
    queue.add('ns/a');
    expect(queue.depth).toBe(1);
  });
});

describe('a change that comes with others', () => {
  test('is looked at once with them, a moment later', async () => {
    queue.addSoon('ns/a');
    clock.advance(49);
    queue.addSoon('ns/a');
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(await takeAll()).toEqual(['ns/a']);
    queue.done('ns/a');
    expect([queue.depth, clock.untilNext]).toEqual([0, undefined]);
  });

  test.each<[string, () => void]>([['as any change', () => undefined], ['also when it was to be looked at again even sooner', () => queue.addAfter('ns/a', 20)]])('goes before resyncs, %s', async (_when, happen) => {
    happen();
    queue.addSoon('ns/a');
    queue.add('ns/x', 'Resync');
    clock.advance(50);
    expect(await takeAll()).toEqual(['ns/a', 'ns/x']);
  });

  test('makes the resync after it no more urgent', async () => {
    queue.addSoon('ns/a');
    clock.advance(50);
    queue.done(await queue.take() ?? '');
    queue.addAfter('ns/a', 50);
    queue.add('ns/x', 'Resync');
    clock.advance(50);
    expect(await takeAll()).toEqual(['ns/x', 'ns/a']);
  });
});

describe('a retry', () => {
  /** Waiting times of the first retries. */
  function waits(count: number): number[] {
    return Array.from({ length: count }, () => {
      queue.retry('ns/a');
      const ms = clock.untilNext ?? 0;
      clock.advance(ms);
      return ms;
    });
  }

  test('waits twice as long each time, up to five minutes', () => {
    expect(waits(19)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920, 163_840, 300_000, 300_000, 300_000]);
  });

  test.each([[0, 0.75], [0.999999, 1.25]])('is spread by a quarter: with chance %d it waits %d times as long', (chance, factor) => {
    random = chance;
    const expected = [5, 10, 20, 40, 80].map((ms) => ms * factor);
    for (const [n, ms] of waits(5).entries()) expect(ms).toBeCloseTo(expected[n] ?? 0, 3);
  });

  test('still waits five minutes after a thousand failures', () => {
    expect(waits(1_000).at(-1)).toBe(300_000);
  });

  test('waits at least as long as the API server asks', () => {
    queue.retry('ns/a', 2_000);
    expect(clock.untilNext).toBe(2_000);
  });

  test('starts small again after a success', () => {
    waits(8);
    queue.forget('ns/a');
    expect(waits(1)).toEqual([5]);
  });

  test('of one key does not slow another', () => {
    waits(8);
    queue.retry('ns/b');
    expect(clock.untilNext).toBe(5);
  });
});

describe('namespaces', () => {
  test('take turns, so that a full one keeps nobody waiting', async () => {
    for (let n = 0; n < 1_000; n += 1) queue.add(`full/${n}`);
    queue.add('small/a');
    queue.add('small/b');
    const first = (await takeAll()).slice(0, 4);
    expect(first.filter((key) => key?.startsWith('small/'))).toEqual(['small/a', 'small/b']);
  });

  test('take turns whatever they wait for: what is new in one is not put behind the changes of another', async () => {
    for (let n = 0; n < 1_000; n += 1) queue.add(`full/${n}`);
    for (const name of ['a', 'b', 'c']) queue.add(`${name}/new`, 'New');
    const first = (await takeAll()).slice(0, 4);
    expect(first).toEqual(['full/0', 'a/new', 'b/new', 'c/new']);
  });

  test('keep the order of their own keys', async () => {
    for (const key of ['a/1', 'b/1', 'a/2', 'a/3', 'b/2']) queue.add(key);
    const keys = await takeAll();
    expect(keys.filter((key) => key?.startsWith('a/'))).toEqual(['a/1', 'a/2', 'a/3']);
    expect(keys.filter((key) => key?.startsWith('b/'))).toEqual(['b/1', 'b/2']);
  });
});

describe('lanes', () => {
  test('put changes before resyncs', async () => {
    for (let n = 0; n < 10; n += 1) queue.add(`ns/old-${n}`, 'Resync');
    queue.add('ns/new');
    expect(await queue.take()).toBe('ns/new');
  });

  test('let a key that waits for a resync be overtaken by its own change, once', async () => {
    queue.add('ns/x', 'Resync');
    queue.add('ns/a', 'Resync');
    queue.add('ns/a', 'Change');
    queue.add('ns/a', 'Resync');
    expect(queue.depth).toBe(2);
    expect(await takeAll()).toEqual(['ns/a', 'ns/x']);
  });

  test('let a change of a key that is processed outrank its resync', async () => {
    queue.add('ns/a');
    await queue.take();
    queue.add('ns/x', 'Resync');
    queue.add('ns/a', 'Resync');
    queue.add('ns/a', 'Change');
    queue.done('ns/a');
    expect(await takeAll()).toEqual(['ns/a', 'ns/x']);
  });

  test('survive fifty thousand keys that moved from one to the other', async () => {
    const keys = Array.from({ length: 50_000 }, (_, n) => `ns/${n}`);
    for (const key of keys) queue.add(key, 'Resync');
    for (const key of keys) queue.add(key, 'Change');
    queue.add('ns/last', 'Resync');
    const taken = await takeAll();
    expect(taken).toHaveLength(50_001);
    expect(new Set(taken).size).toBe(50_001);
  });

  test('put what is under way before what is new, and that before a resync', async () => {
    queue.add('ns/resync', 'Resync');
    queue.add('ns/new', 'New');
    queue.add('ns/change');
    expect(await takeAll()).toEqual(['ns/change', 'ns/new', 'ns/resync']);
  });

  test('put what has failed before a resync, and what only comes back after a time does not', async () => {
    queue.addAfter('ns/recheck', 5);
    queue.retry('ns/failed');
    for (let n = 0; n < 5; n += 1) queue.add(`ns/${n}`, 'Resync');
    clock.advance(10);
    expect(await takeAll()).toEqual(['ns/failed', 'ns/0', 'ns/1', 'ns/2', 'ns/3', 'ns/4', 'ns/recheck']);
  });

  test.each<[Lane, Lane[]]>([
    ['Resync', ['Change']],
    ['Resync', ['New']],
    ['New', ['Change']],
    ['New', ['Change', 'Resync']],
    ['Resync', ['Change', 'New']],
    ['Change', ['New', 'Resync']],
  ])('let %s be stopped by no flood of %s, in the same namespace or another', async (lane, flood) => {
    for (const namespace of ['full', 'other']) {
      queue.add(`${namespace}/waits`, lane);
      const taken: (string | undefined)[] = [];
      for (let n = 0; n < 20; n += 1) {
        for (const other of flood) queue.add(`full/${other}-${namespace}-${n}`, other);
        taken.push(await queue.take());
      }
      expect(taken).toContain(`${namespace}/waits`);
    }
  });
});

test('a key that is the first of its namespace waits for at most eight of each namespace, whatever the queue is flooded with', async () => {
  const namespaces = ['a', 'b', 'c', 'quiet'];
  const lane = fc.constantFrom<Lane>('Change', 'New', 'Resync');
  const added = fc.record({ namespace: fc.constantFrom('a', 'b', 'c'), name: fc.nat(300), lane });
  const most = 8 * namespaces.length;
  const rounds = fc.array(fc.array(added, { maxLength: 6 }), { minLength: most, maxLength: most });
  await fc.assert(fc.asyncProperty(fc.array(added, { maxLength: 500, size: 'max' }), fc.nat(40), lane, rounds, async (before, turns, waiting, later) => {
    queue = new Queue(clock, () => random);
    const add = (list: typeof before): void => list.forEach(({ namespace, name, lane: other }) => queue.add(`${namespace}/${name}`, other));
    const take = async (): Promise<string | undefined> => {
      const key = queue.depth > 0 ? await queue.take() : undefined;
      if (key !== undefined) queue.done(key);
      return key;
    };
    add(before);
    for (let turn = 0; turn < turns; turn += 1) await take();
    queue.add('quiet/waits', waiting);
    const taken: (string | undefined)[] = [];
    for (const round of later) {
      add(round);
      taken.push(await take());
    }
    expect(taken).toContain('quiet/waits');
  }));
});

describe('a closed queue', () => {
  test('sends every waiting worker home', async () => {
    const workers = [queue.take(), queue.take()];
    queue.close();
    expect(await Promise.all([...workers, queue.take()])).toEqual([undefined, undefined, undefined]);
  });

  test('takes no more keys and forgets delays', () => {
    queue.addAfter('ns/a', 10);
    queue.close();
    queue.add('ns/b');
    queue.addAfter('ns/c', 10);
    queue.retry('ns/d');
    clock.advance(1_000_000);
    expect(queue.depth).toBe(0);
    expect(clock.untilNext).toBeUndefined();
  });

  test('lets what is processed be finished', async () => {
    queue.add('ns/a');
    await queue.take();
    queue.add('ns/a');
    queue.close();
    queue.done('ns/a');
    expect(queue.depth).toBe(0);
  });
});

import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Source } from './controller.ts';
import type { Outcome } from './reconcile.ts';
import { ApiError } from './errors.ts';
import { NotLeading } from './leader.ts';
import type { Json } from './kind.ts';
import type { Log } from './log.ts';
import { bind, Manager, type AnyController } from './manager.ts';
import { Metrics } from './metrics.ts';
import { FakeClock } from './testing/clock.ts';
import { MemoryCluster } from './testing/cluster.ts';
import { Bed, Garden, gardener, ownerOf, plant, Weather } from './testing/garden.ts';
import { stamp } from './writes.ts';

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let cluster: MemoryCluster;
let clock: FakeClock;
let metrics: Metrics;
let manager: Manager | undefined;
/** What `performance.now` tells. */
let now = 0;

beforeEach(() => {
  cluster = new MemoryCluster();
  clock = new FakeClock();
  metrics = new Metrics();
  // A machine that is busy makes no turn of the event loop long.
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(async () => {
  await manager?.stop();
  jest.restoreAllMocks();
});

function start(...controllers: AnyController[]): void {
  manager = new Manager(controllers, {
    cluster, metrics, log: silent, clock, epoch: () => 1, since: () => Infinity, now: () => 1_800_000_000_000, random: () => 0.5, instance: 'test', workers: 2,
  });
  manager.start();
}

/** Lets everything go on that waits for nothing but its turn. */
async function quiet(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface Probe extends AnyController {
  readonly keys: string[];
  add(key: string): void;
}

/** A controller of which only the keys matter. */
function probe(reconcile: (key: string) => Outcome | Promise<Outcome> = () => ({ result: 'Success' }), name = 'probe'): Probe {
  const keys: string[] = [];
  let add: (key: string) => void = () => undefined;
  return {
    name, resources: [], owns: [], gets: [], keys,
    add: (key) => add(key),
    wire: (_cluster, given) => {
      add = given;
    },
    reconcile: async (key) => {
      keys.push(key);
      return reconcile(key);
    },
  };
}

/** The gardener with its wiring alone. */
function wired(more: Partial<typeof gardener> = {}): Probe {
  const observer = probe();
  return { ...observer, ...bind({ ...gardener, ...more }), reconcile: (key, pass) => observer.reconcile(key, pass) };
}

function count(text: string, series: string): number {
  return Number(text.split('\n').find((line) => line.startsWith(series))?.split(' ')[1] ?? 0);
}

test('passes that wait for nothing leave turns to the lease and to probes', async () => {
  const controller = probe(() => {
    now += 1;
    return { result: 'Success' };
  });
  start(controller);
  for (let n = 0; n < 200; n += 1) controller.add(`n/o-${n}`);
  let turns = 0;
  while (controller.keys.length < 200) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThanOrEqual(15);
});

describe('a key that fails each time', () => {
  const poison: [string, () => Outcome][] = [
    ['throws', () => {
      throw new Error('poison');
    }],
    ['is refused', () => ({ result: 'Error', error: new ApiError(500, 'InternalError', 'oops') })],
    ['comes after the lease was lost', () => {
      throw new NotLeading();
    }],
  ];

  test.each(poison)('because it %s keeps nobody else waiting', async (_how, fail) => {
    const controller = probe((key) => (key === 'n/poison' ? fail() : { result: 'Success' }));
    start(controller);
    for (const key of ['n/poison', 'n/a', 'n/b', 'm/c']) controller.add(key);
    await quiet();
    expect(controller.keys.toSorted()).toEqual(['m/c', 'n/a', 'n/b', 'n/poison']);
  });

  test.each(poison)('because it %s comes back, later and later', async (_how, fail) => {
    const controller = probe(fail);
    start(controller);
    controller.add('n/poison');
    const waits: (number | undefined)[] = [];
    for (let n = 0; n < 5; n += 1) {
      await quiet();
      waits.push(clock.untilNext);
      clock.advance(clock.untilNext ?? 0);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80]);
  });

  test('comes back as late as the API server asks', async () => {
    const controller = probe(() => ({ result: 'Error', error: new ApiError(429, 'TooManyRequests', 'slow down', 7_000) }));
    start(controller);
    controller.add('n/a');
    await quiet();
    expect(clock.untilNext).toBe(7_000);
  });
});

describe('an outcome', () => {
  test.each<[string, Outcome, number | undefined]>([
    ['without a wish is looked at again when something changes', { result: 'Success' }, undefined],
    ['with a time is looked at again then', { result: 'Success', recheckAfterMs: 2_000 }, 2_000],
    ['that needs a user is looked at again after its time', { result: 'Terminal', error: new Error('no'), recheckAfterMs: 300_000 }, 300_000],
  ])('%s', async (_name, outcome, wait) => {
    const controller = probe(() => outcome);
    start(controller);
    controller.add('n/a');
    await quiet();
    expect(controller.keys).toHaveLength(1);
    expect(clock.untilNext).toBe(wait);
  });

  test('that asks to be looked at again at once is', async () => {
    const controller = probe(() => ({ result: controller.keys.length < 3 ? 'Requeue' : 'Success' }));
    start(controller);
    controller.add('n/a');
    await quiet();
    expect(controller.keys).toHaveLength(3);
  });

  test('of success lets backoff start small again', async () => {
    const controller = probe(() => (controller.keys.length === 4 ? { result: 'Success' } : { result: 'Error', error: new Error('oops') }));
    start(controller);
    controller.add('n/a');
    for (let n = 0; n < 3; n += 1) {
      await quiet();
      clock.advance(clock.untilNext ?? 0);
    }
    await quiet();
    controller.add('n/a');
    await quiet();
    expect(clock.untilNext).toBe(5);
  });
});

describe('a change', () => {
  test('of an object concerns the object', async () => {
    const controller = wired();
    start(controller);
    plant(cluster, {});
    await quiet();
    cluster.vanish(Garden, { namespace: 'n', name: 'eden' });
    await quiet();
    expect(controller.keys).toEqual(['n/eden', 'n/eden']);
  });

  test('of a child concerns its owner, when it comes, changes and goes', async () => {
    const garden = plant(cluster, {});
    const controller = wired();
    start(controller);
    const body = stamp(ownerOf(garden), { life: 'Apply', resource: Bed, body: { metadata: { name: 'a' } } });
    for (const happen of [() => cluster.put(Bed, body), () => cluster.put(Bed, body), () => cluster.vanish(Bed, { namespace: 'n', name: 'a' })]) {
      happen();
      await quiet();
    }
    expect(controller.keys).toEqual(['n/eden', 'n/eden', 'n/eden']);
  });

  test('of a child that the operator made itself concerns its owner after all that others have changed', async () => {
    const [one, other] = [plant(cluster, {}), plant(cluster, {}, { name: 'next-door' })];
    const gate = Promise.withResolvers<Outcome>();
    const first = probe(() => gate.promise);
    const controller: Probe = { ...wired(), reconcile: (key, pass) => first.reconcile(key, pass) };
    manager = new Manager([controller], {
      cluster, metrics, log: silent, clock, epoch: () => 1, since: () => Infinity, now: () => 0, random: () => 0.5, instance: 'test', workers: 1,
    });
    manager.start();
    plant(cluster, {}, { name: 'busy' });
    await quiet();
    await cluster.create(Bed, stamp(ownerOf(one), { life: 'Apply', resource: Bed, body: { metadata: { name: 'a' } } }));
    cluster.put(Bed, stamp(ownerOf(other), { life: 'Apply', resource: Bed, body: { metadata: { name: 'b' } } }));
    gate.resolve({ result: 'Success' });
    await quiet();
    expect(first.keys).toEqual(['n/busy', 'n/next-door', 'n/eden']);
  });

  test('of a child that is given to another concerns both', async () => {
    const [one, other] = [plant(cluster, {}), plant(cluster, {}, { name: 'next-door' })];
    const bed = { life: 'Apply' as const, resource: Bed, body: { metadata: { name: 'a' } } };
    cluster.put(Bed, stamp(ownerOf(one), bed));
    const controller = wired();
    start(controller);
    cluster.put(Bed, stamp(ownerOf(other), bed));
    await quiet();
    expect(controller.keys.toSorted()).toEqual(['n/eden', 'n/next-door']);
  });

  test.each<[string, object]>([
    ['nobody owns', {}],
    ['an owner of another kind has', { ownerReferences: [{ kind: 'Forest', name: 'eden', uid: 'u', controller: true }] }],
    ['an owner has that does not control it', { ownerReferences: [{ kind: 'Garden', name: 'eden', uid: 'u' }] }],
  ])('of something that %s concerns nobody', async (_what, metadata) => {
    const controller = wired();
    start(controller);
    cluster.put(Bed, { metadata: { name: 'a', namespace: 'n', ...metadata } });
    await quiet();
    expect(controller.keys).toEqual([]);
  });

  test('of what is read concerns those that the controller names', async () => {
    plant(cluster, {});
    plant(cluster, {}, { name: 'next-door' });
    plant(cluster, {}, { namespace: 'elsewhere' });
    const controller = wired();
    start(controller);
    cluster.put(Weather, { metadata: { name: 'rain', namespace: 'n' } });
    await quiet();
    expect(controller.keys.toSorted()).toEqual(['n/eden', 'n/next-door']);
  });

  test('that one controller cannot make sense of reaches the others, and so does the next change', async () => {
    plant(cluster, {});
    const [broken, sound] = [wired(), { ...wired({ reads: [{ resource: Weather, affects: () => ['n/eden'] }] }), name: 'sound' }];
    start(broken, sound);
    cluster.put(Weather, { metadata: { name: 'broken', namespace: 'n' } });
    await quiet();
    expect(sound.keys).toEqual(['n/eden']);
    expect(broken.keys).toEqual([]);
    cluster.put(Weather, { metadata: { name: 'rain', namespace: 'n' } });
    await quiet();
    expect(broken.keys).toEqual(['n/eden']);
  });

  test('outside the API server concerns the key that the source names, once for what comes together', async () => {
    let tell: (key: string) => void = () => undefined;
    const source: Source<undefined, undefined> = {
      want: () => undefined,
      facts: () => undefined,
      onChange: (listener) => {
        tell = listener;
      },
    };
    const controller = wired({ source });
    start(controller);
    tell('n/eden');
    tell('n/eden');
    await quiet();
    expect(controller.keys).toEqual([]);
    clock.advance(50);
    await quiet();
    expect(controller.keys).toEqual(['n/eden']);
  });

  test('before the start is not lost', async () => {
    const controller = wired();
    manager = new Manager([controller], {
      cluster, metrics, log: silent, clock, epoch: () => 1, since: () => Infinity, now: () => 0, random: () => 0.5, instance: 'test', workers: 2,
    });
    plant(cluster, {});
    await quiet();
    expect(controller.keys).toEqual([]);
    manager.start();
    await quiet();
    expect(controller.keys).toEqual(['n/eden']);
  });
});

describe('of the objects of a first list', () => {
  test('those that someone changed come first, then the new ones, then those that are as they were', async () => {
    const controller = wired();
    manager = new Manager([controller], {
      cluster, metrics, log: silent, clock, epoch: () => 1, since: () => Infinity, now: () => 0, random: () => 0.5, instance: 'test', workers: 1,
    });
    const store = (name: string, generation: number, status: Json): void => {
      cluster.put(Garden, { metadata: { name, namespace: 'n', generation }, spec: {}, status });
    };
    store('as-it-was', 3, { observedGeneration: 3 });
    store('new', 1, {});
    store('changed', 4, { observedGeneration: 3 });
    manager.start();
    await quiet();
    expect(controller.keys).toEqual(['n/changed', 'n/new', 'n/as-it-was']);
  });
});

describe('a manager', () => {
  test('brings an object to its end with nothing but the changes it makes', async () => {
    start(bind(gardener));
    plant(cluster, { beds: ['a', 'b', 'c'] });
    await quiet();
    expect(cluster.read.get(Garden, 'n', 'eden')?.status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }, { type: 'Watered' }]);
    expect(clock.untilNext).toBeUndefined();
  });

  test('that stops waits for what is being done and starts nothing more', async () => {
    const gate = Promise.withResolvers<Outcome>();
    const controller = probe(() => gate.promise);
    start(controller);
    controller.add('n/a');
    await quiet();
    const stopped = manager?.stop();
    controller.add('n/b');
    gate.resolve({ result: 'Requeue' });
    await stopped;
    expect(controller.keys).toEqual(['n/a']);
  });

  test('never works on more keys at a time than it has workers', async () => {
    const gate = Promise.withResolvers<Outcome>();
    const controller = probe(() => gate.promise);
    start(controller);
    for (const name of ['a', 'b', 'c', 'd']) controller.add(`n/${name}`);
    await quiet();
    expect(controller.keys).toHaveLength(2);
    gate.resolve({ result: 'Success' });
    await quiet();
    expect(controller.keys).toHaveLength(4);
  });

  test('counts what it does', async () => {
    const controller = probe((key) => ({ result: key === 'n/bad' ? 'Error' : 'Success' }));
    start(controller);
    for (const name of ['a', 'b', 'bad']) controller.add(`n/${name}`);
    await quiet();
    const text = await metrics.registry.metrics();
    expect(count(text, 'workqueue_adds_total{name="probe"}')).toBe(3);
    expect(count(text, 'controller_runtime_reconcile_total{controller="probe",result="success"}')).toBe(2);
    expect(count(text, 'controller_runtime_reconcile_errors_total{controller="probe"}')).toBe(1);
    expect(count(text, 'controller_runtime_max_concurrent_reconciles{controller="probe"}')).toBe(2);
  });
});

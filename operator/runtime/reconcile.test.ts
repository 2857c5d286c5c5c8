import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Condition } from '../api/kind.ts';
import type { Source } from './controller.ts';
import { ApiError } from './errors.ts';
import type { Json } from './kind.ts';
import { NotLeading } from './leader.ts';
import { reconcile, type Outcome } from './reconcile.ts';
import { MemoryCluster, type Written } from './testing/cluster.ts';
import { Bed, Garden, gardener, ownerOf, plant, Weather } from './testing/garden.ts';
import { stamp } from './writes.ts';

const key = 'n/eden';
let cluster: MemoryCluster;
let epoch: number;
let since: number;
let now: number;

beforeEach(() => {
  cluster = new MemoryCluster();
  epoch = 1;
  since = Infinity;
  now = Date.parse('2026-05-06T07:08:09Z');
});

function pass(controller = gardener): Promise<Outcome> {
  now += 60_000;
  return reconcile(controller, key, { cluster, epoch: () => epoch, since: () => since, now: () => now, instance: 'test' });
}

/** Passes until one writes nothing. */
async function settle(controller = gardener): Promise<void> {
  for (let n = 0; n < 10; n += 1) {
    const before = cluster.writes.length;
    await pass(controller);
    if (cluster.writes.length === before) return;
  }
  throw new Error('it never settles');
}

async function settled(spec: Json = { beds: ['a', 'b'] }): Promise<void> {
  plant(cluster, spec);
  await settle();
  cluster.writes.length = 0;
  cluster.events.length = 0;
}

function garden() {
  const object = cluster.read.get(Garden, 'n', 'eden');
  if (!object) throw new Error('the garden is gone');
  return object;
}

function condition(type: string): Condition | undefined {
  return garden().status.conditions.find((one) => one.type === type);
}

function changed(): string[] {
  return cluster.writes.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`).sort();
}

const children = (write: Written): boolean => write.kind === 'Bed';

describe('an object', () => {
  test('gets its children, a status and nothing more', async () => {
    plant(cluster, { beds: ['a', 'b'] });
    await settle();
    expect(changed().filter((write) => !write.startsWith('status'))).toEqual(['create Bed a', 'create Bed b']);
    expect(garden().status).toMatchObject({ beds: ['a', 'b'], observedGeneration: 1, writerEpoch: 1 });
    expect(condition('Ready')).toMatchObject({ status: 'True', reason: 'Planted', observedGeneration: 1 });
    expect(condition('Reconciling')).toBeUndefined();
    expect(condition('Stalled')).toBeUndefined();
  });

  test('that is as it should be is not written, however often it is looked at', async () => {
    await settled();
    for (let n = 0; n < 3; n += 1) expect(await pass()).toEqual({ result: 'Success' });
    expect(cluster.writes).toEqual([]);
    expect(cluster.events).toEqual([]);
  });

  test('that is as it should be is not written by a new leader either', async () => {
    await settled();
    epoch = 7;
    await pass();
    expect(cluster.writes).toEqual([]);
  });

  test.each<[string, () => void]>([
    ['is gone', () => cluster.vanish(Garden, { namespace: 'n', name: 'eden' })],
    ['is being deleted', () => plant(cluster, { beds: [] }, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('that %s is left alone with its children', async (_how, happen) => {
    await settled();
    happen();
    expect(await pass()).toEqual({ result: 'Success' });
    expect(cluster.writes).toEqual([]);
  });

  test('keeps its children while an input is missing, and gets its status', async () => {
    await settled();
    cluster.put(Weather, { metadata: { name: 'storm', namespace: 'n' } });
    plant(cluster, { beds: [] }, { generation: 2 });
    await settle();
    expect(changed()).toEqual(['status Garden eden']);
  });
});

describe('the term of the leader', () => {
  /** Terms that the garden bore when something was written to its children. */
  function watchTerms(): number[] {
    const terms: number[] = [];
    cluster.refuse = (write) => {
      if ('kind' in write && children(write)) terms.push(garden().status.writerEpoch);
    };
    return terms;
  }

  test('is recorded before anything is written to a child', async () => {
    const terms = watchTerms();
    epoch = 4;
    plant(cluster, { beds: ['a', 'b'] });
    await settle();
    expect(terms).toEqual([4, 4]);
  });

  test.each<[string, () => void]>([
    ['repairs a child', () => cluster.put(Bed, { ...cluster.live(Bed, 'n/a'), spec: { color: 'theirs' } })],
    ['makes a child anew', () => cluster.vanish(Bed, { namespace: 'n', name: 'a' })],
    ['changes children as the spec says', () => plant(cluster, { beds: ['a', 'b'], color: 'blue' }, { generation: 2 })],
    ['removes a child', () => plant(cluster, { beds: ['b'] }, { generation: 2 })],
  ])('is recorded before a new leader %s', async (_what, happen) => {
    await settled();
    const terms = watchTerms();
    epoch = 5;
    happen();
    await settle();
    expect(terms.length).toBeGreaterThan(0);
    expect(new Set(terms)).toEqual(new Set([5]));
    expect(cluster.read.owned(Bed, garden().metadata.uid).map(({ metadata }) => metadata.name).toSorted()).toEqual(garden().status.beds);
  });

  test('is asked to be looked at again once it is recorded', async () => {
    await settled();
    epoch = 2;
    cluster.put(Bed, { ...cluster.live(Bed, 'n/a'), spec: { color: 'theirs' } });
    expect(await pass()).toMatchObject({ result: 'Requeue' });
    expect(changed()).toEqual(['status Garden eden']);
  });
});

describe('an object that was created in the term of this leader', () => {
  /** Makes the beds of the spec, whatever is on record. */
  const plain: typeof gardener = { ...gardener, act: (object, seen) => gardener.act({ ...object, status: { ...object.status, beds: object.spec.beds } }, seen) };
  const termBegan = '2026-05-01T12:00:00Z';

  beforeEach(() => {
    since = Date.parse(termBegan);
  });

  const order = (): string[] => cluster.writes.map(({ verb, name }) => `${verb} ${name}`);

  test('gets its children, and then one status that tells of them', async () => {
    plant(cluster, { beds: ['a', 'b'] }, { creationTimestamp: '2026-05-01T12:00:01Z' });
    expect(await pass(plain)).toEqual({ result: 'Requeue' });
    expect(order()).toEqual(['create a', 'create b']);
    await settle(plain);
    expect(order()).toEqual(['create a', 'create b', 'status eden']);
    expect(garden().status).toMatchObject({ observedGeneration: 1, writerEpoch: 1, conditions: [{ type: 'Ready', status: 'True' }, { type: 'Watered' }] });
  });

  test('bears the term at once when one of them is refused, and tells of it', async () => {
    plant(cluster, { beds: ['a', 'b'] }, { creationTimestamp: '2026-05-01T12:00:01Z' });
    cluster.refuse = (write) => {
      if ('name' in write && write.name === 'b') throw new ApiError(403, 'Forbidden', 'exceeded quota');
    };
    expect(await pass(plain)).toMatchObject({ result: 'Terminal' });
    expect(order()).toEqual(['create a', 'status eden']);
    await pass(plain);
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'Forbidden' });
  });

  test.each<[string, () => void, typeof gardener?]>([
    ['not later than the term, as far as whole seconds tell', () => plant(cluster, { beds: ['a'] }, { creationTimestamp: termBegan })],
    ['at a time that is not known', () => plant(cluster, { beds: ['a'] }, { creationTimestamp: '' })],
    ['while nobody knows when the term began', () => {
      since = Infinity;
      plant(cluster, { beds: ['a'] }, { creationTimestamp: '2026-05-01T12:00:01Z' });
    }],
    ['and a decision that must be on record first gives it more children', () => plant(cluster, { beds: ['a'] }, { creationTimestamp: '2026-05-01T12:00:01Z' }), {
      ...gardener, act: (object, seen) => gardener.act({ ...object, status: { ...object.status, beds: ['hedge', ...object.status.beds] } }, seen),
    }],
    ['and somebody has given one of its children another color', () => {
      const owner = ownerOf(plant(cluster, { beds: ['a'] }, { creationTimestamp: '2026-05-01T12:00:01Z' }));
      cluster.put(Bed, { ...stamp(owner, { life: 'Apply', resource: Bed, body: { metadata: { name: 'a' } } }), spec: { color: 'theirs' } });
    }],
    ['and was seen by this leader under an earlier spec', () => {
      plant(cluster, { beds: ['a'] }, { creationTimestamp: '2026-05-01T12:00:01Z' });
      cluster.put(Garden, { ...cluster.live(Garden, key), status: { observedGeneration: 0 } });
    }],
  ])('bears its term before its children are written when it was created %s', async (_when, happen, controller = plain) => {
    happen();
    await pass(controller);
    expect(order()).toEqual(['status eden']);
    expect(garden().status.writerEpoch).toBe(1);
  });
});

describe('a write to a child that is refused', () => {
  function refuse(error: Error, which = children): void {
    cluster.refuse = (write) => {
      if ('kind' in write && which(write)) throw error;
    };
  }

  test('for good is shown in the summary condition and as Stalled', async () => {
    plant(cluster, { beds: ['a'] });
    refuse(new ApiError(403, 'Forbidden', 'exceeded quota'));
    await settle();
    const shown = { reason: 'Forbidden', message: 'exceeded quota' };
    expect(condition('Ready')).toMatchObject({ status: 'False', ...shown });
    expect(condition('Stalled')).toMatchObject({ status: 'True', ...shown });
    expect(condition('Watered')).toMatchObject({ status: 'False', reason: 'Dry' });
    const outcome = await pass();
    expect(outcome.result).toBe('Terminal');
    expect(outcome.recheckAfterMs).toBeGreaterThan(60_000);
  });

  test('because the name is taken says which one', async () => {
    cluster.put(Bed, { metadata: { name: 'a', namespace: 'n' } });
    plant(cluster, { beds: ['a', 'b'] });
    await settle();
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'NameConflict' });
    expect(condition('Ready')?.message).toContain('Bed a');
    expect(cluster.read.get(Bed, 'n', 'b')).toBeDefined();
  });

  test.each<[string, Error]>([
    ['a conflict', new ApiError(409, 'Conflict', 'modified')],
    ['a busy API server', new ApiError(429, 'TooManyRequests', 'slow down', 1_000)],
    ['an error of the API server', new ApiError(500, 'InternalError', 'oops')],
    ['a broken connection', new Error('socket hang up')],
  ])('by %s is tried again and not shown', async (_what, error) => {
    plant(cluster, { beds: ['a'] });
    await pass();
    refuse(error);
    expect(await pass()).toEqual({ result: 'Error', error });
    expect(condition('Ready')).toMatchObject({ status: 'Unknown', reason: 'Planting' });
    expect(condition('Stalled')).toBeUndefined();
  });

  test('keeps no status from being written', async () => {
    plant(cluster, { beds: ['a', 'b'] });
    await pass();
    refuse(new ApiError(500, 'InternalError', 'oops'), (write) => write.name === 'b');
    await pass();
    expect(condition('Ready')?.message).toBe('1 beds');
  });

  test('for good is not shown while what is recorded moves on, for the next act may be another', async () => {
    await settled();
    refuse(new ApiError(403, 'Forbidden', 'exceeded quota'));
    plant(cluster, { beds: ['a', 'b', 'c'], color: 'blue' }, { generation: 2 });
    await pass();
    expect(garden().status.beds).toEqual(['a', 'b', 'c']);
    expect(condition('Ready')).toMatchObject({ reason: 'Planting' });
    await pass();
    expect(condition('Ready')).toMatchObject({ reason: 'Forbidden' });
  });

  test('is forgotten once it goes through', async () => {
    plant(cluster, { beds: ['a'] });
    refuse(new ApiError(403, 'Forbidden', 'exceeded quota'));
    await settle();
    cluster.refuse = () => undefined;
    await settle();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
    expect(condition('Stalled')).toBeUndefined();
  });
});

describe('a leader that was replaced', () => {
  test('changes nothing', async () => {
    await settled();
    plant(cluster, { beds: [], color: 'blue' }, { generation: 2 });
    cluster.refuse = () => {
      throw new NotLeading();
    };
    await expect(pass()).rejects.toThrow(NotLeading);
    expect(cluster.writes).toEqual([]);
  });

  test('in the middle of a pass says nothing more', async () => {
    plant(cluster, { beds: ['a', 'b'] });
    await pass();
    let leading = true;
    cluster.refuse = (write) => {
      if (!leading) throw new NotLeading();
      if ('name' in write && write.name === 'a') leading = false;
    };
    const before = garden().status;
    await expect(pass()).rejects.toThrow(NotLeading);
    expect(garden().status).toEqual(before);
  });
});

describe('an object that its schema does not allow', () => {
  test('says so and keeps its children', async () => {
    await settled();
    plant(cluster, { beds: 7 }, { generation: 2 });
    await settle();
    expect(changed()).toEqual(['status Garden eden']);
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'InvalidSpec' });
    expect(condition('Ready')?.message).toContain('spec.beds');
    expect(condition('Watered')).toMatchObject({ status: 'Unknown', reason: 'InvalidSpec' });
    expect(condition('Stalled')).toMatchObject({ status: 'True' });
    expect(garden().status).toMatchObject({ beds: ['a', 'b'], observedGeneration: 2 });
  });

  test('is taken up again when it is mended', async () => {
    plant(cluster, { beds: 7 });
    await settle();
    plant(cluster, { beds: ['a'] }, { generation: 2 });
    await settle();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
    expect(condition('Stalled')).toBeUndefined();
  });

  describe('in its status', () => {
    const odd = { type: 'Odd' };
    const unread = { beds: 7, later: { kept: true }, writerEpoch: 3, conditions: [odd] };

    const store = (status: Json, more: Json = {}): void => void cluster.put(Garden, { ...cluster.live(Garden, key), ...more, status });

    test.each<[string, Json]>([['and is sound otherwise', {}], ['and in its spec', { spec: { beds: 7 } }]])('says so once, beside all that is in it: %s', async (_name, more) => {
      await settled();
      store(unread, more);
      epoch = 4;
      for (let n = 0; n < 3; n += 1) expect(await pass()).toMatchObject({ result: 'Terminal' });
      expect(changed()).toEqual(['status Garden eden']);
      expect(cluster.live(Garden, key)?.['status']).toEqual({ ...unread, writerEpoch: 4, conditions: [odd, expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'InvalidStatus' })] });
      expect(condition('Stalled')?.message).toContain('status.');
    });

    test('is not told when it is larger than any that an operator has recorded', async () => {
      await settled();
      store({ ...unread, later: 'x'.repeat(70_000) });
      await pass();
      expect(changed()).toEqual([]);
    });

    test('is taken up again when it is mended', async () => {
      await settled();
      store(unread);
      await pass();
      store({ ...cluster.live(Garden, key)?.['status'] as Json, beds: ['a', 'b'], conditions: garden().status.conditions });
      await settle();
      expect([condition('Stalled'), condition('Ready')?.status]).toEqual([undefined, 'True']);
    });
  });
});

describe('an object that a controller throws at', () => {
  const broken = (member: 'observe' | 'act' | 'decide'): typeof gardener => ({ ...gardener, [member]: () => { throw new RangeError('Invalid time value'); } });
  test.each(['observe', 'act', 'decide'] as const)('says so in its conditions, and keeps its children: %s', async (member) => {
    await settled();
    expect(await pass(broken(member))).toMatchObject({ result: 'Terminal', recheckAfterMs: 300_000 });
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'CannotReconcile', message: 'the operator cannot deal with this object: Invalid time value' });
    expect(condition('Stalled')).toMatchObject({ status: 'True' });
    expect(cluster.writes.map(({ verb }) => verb)).toEqual(['status']);
    expect(garden().status.beds).toEqual(['a', 'b']);
    await pass(broken(member));
    expect(cluster.writes).toHaveLength(1);
  });

  test('also when what is decided cannot be a status, and goes on when that passes', async () => {
    await settled();
    await pass({ ...gardener, decide: (...args) => ({ ...gardener.decide(...args), status: JSON.parse('{"beds":[7]}') as { beds: string[] } }) });
    expect(condition('Ready')).toMatchObject({ status: 'False', reason: 'CannotReconcile' });
    await settle();
    expect(condition('Ready')).toMatchObject({ status: 'True' });
  });
});

describe('an Event', () => {
  test('tells each condition that became true, once', async () => {
    plant(cluster, { beds: ['a'] });
    await settle();
    await settle();
    expect(cluster.events.map(({ reason }) => reason)).toEqual(['Planted']);
  });

  test('that is refused loses nothing but itself', async () => {
    plant(cluster, { beds: ['a'] });
    cluster.refuse = (write) => {
      if (write.verb === 'event') throw new ApiError(403, 'Forbidden', 'no events here');
    };
    for (let n = 0; n < 5; n += 1) await pass().catch(() => undefined);
    expect(condition('Ready')).toMatchObject({ status: 'True' });
    expect(await pass()).toEqual({ result: 'Success' });
  });
});

describe('a source', () => {
  test('is told what is wanted, and to forget what is gone', async () => {
    const wanted = new Map<string, string[]>();
    const source: Source<string[], undefined> = {
      want: (of, want) => {
        if (want) wanted.set(of, want);
        else wanted.delete(of);
      },
      facts: () => undefined,
      onChange: () => undefined,
    };
    const controller = { ...gardener, source, act: (...args: Parameters<typeof gardener.act>) => ({ ...gardener.act(...args), want: [...args[0].status.beds] }) };
    const once = (): Promise<Outcome> => reconcile(controller, key, { cluster, epoch: () => 1, since: () => since, now: () => now, instance: 'test' });
    plant(cluster, { beds: ['a'] });
    for (let n = 0; n < 4; n += 1) await once();
    expect(wanted.get(key)).toEqual(['a']);
    cluster.vanish(Garden, { namespace: 'n', name: 'eden' });
    await once();
    expect(wanted.has(key)).toBe(false);
  });
});

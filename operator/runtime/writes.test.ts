import { beforeEach, describe, expect, test } from '@jest/globals';
import { hold, type Action, type Child } from './controller.ts';
import { ApiError, NameConflict } from './errors.ts';
import type { Json, Resource, Stored } from './kind.ts';
import { issuerLabel, managedByLabel } from './names.ts';
import { MemoryCluster } from './testing/cluster.ts';
import { Bed, Harvest, ownerOf, plant, Seed } from './testing/garden.ts';
import { missingWrites, perform, stamp, type Owner } from './writes.ts';

const owns = [
  { resource: Bed, life: 'Apply' as const },
  { resource: Harvest, life: 'CreateOnce' as const },
  { resource: Seed, life: 'Issue' as const },
];

let cluster: MemoryCluster;
let owner: Owner;
let neighbour: Owner;

beforeEach(() => {
  cluster = new MemoryCluster();
  owner = ownerOf(plant(cluster, {}));
  neighbour = ownerOf(plant(cluster, {}, { name: 'next-door' }));
});

function child(life: Child['life'], resource: Resource, name = 'a', color = 'red'): Child {
  return { life, resource, body: { metadata: { name, labels: { app: 'x' } }, spec: { color } } };
}

const bed = (name = 'a', color = 'red'): Child => child('Apply', Bed, name, color);
const harvest = (name = 'a', color = 'red'): Child => child('CreateOnce', Harvest, name, color);
const seed = (name = 'a', color = 'red'): Child => child('Issue', Seed, name, color);

/** Stores the child as it is after it was written by the engine. */
function exists(one: Child, by = owner): Stored {
  return cluster.put(one.resource, stamp(by, one));
}

function missing(action: Action<unknown>): string[] {
  return missingWrites(owner, owns, action, cluster.read).map(({ verb, resource, name }) => `${verb} ${resource.kind} ${name}`).sort();
}

describe('what is missing', () => {
  const cases: Record<string, { before?: () => void; action: () => Action<unknown>; writes: string[] }> = {
    'is the creation of what is absent, whatever its life': {
      action: () => ({ children: [bed(), harvest(), seed()] }), writes: ['create Bed a', 'create Harvest a', 'create Seed a'],
    },
    'is nothing when everything is as it should be': {
      before: () => [bed(), harvest(), seed()].forEach((one) => exists(one)), action: () => ({ children: [bed(), harvest(), seed()] }), writes: [],
    },
    'is an apply when what we own of an applied child is another': {
      before: () => exists(bed('a', 'blue')), action: () => ({ children: [bed('a', 'red')] }), writes: ['apply Bed a'],
    },
    'is never a change of what is created once or issued': {
      before: () => [harvest('a', 'blue'), seed('a', 'blue')].forEach((one) => exists(one)), action: () => ({ children: [harvest(), seed()] }), writes: [],
    },
    'is the removal of an applied child that is no longer named': {
      before: () => exists(bed('old')), action: () => ({ children: [bed()] }), writes: ['create Bed a', 'delete Bed old'],
    },
    'is the removal of all applied children when none is named': {
      before: () => [bed('a'), bed('b')].forEach((one) => exists(one)), action: () => ({ children: [] }), writes: ['delete Bed a', 'delete Bed b'],
    },
    'is never the removal of what is created once or issued': {
      before: () => [harvest(), seed()].forEach((one) => exists(one)), action: () => ({ children: [] }), writes: [],
    },
    'is never the removal of what another owns, although its labels are ours': {
      before: () => exists(bed('theirs'), neighbour), action: () => ({ children: [] }), writes: [],
    },
    'is never the removal of what nobody owns': {
      before: () => cluster.put(Bed, { metadata: { name: 'free', namespace: 'n', labels: { [managedByLabel]: 'modelkeeper' } } }), action: () => ({ children: [] }), writes: [],
    },
    'is not the removal of what is going already': {
      before: () => cluster.put(Bed, { ...stamp(owner, bed()), metadata: { ...(stamp(owner, bed())['metadata'] as Json), deletionTimestamp: 'now' } }),
      action: () => ({ children: [] }), writes: [],
    },
    'is no apply to what is going': {
      before: () => cluster.put(Bed, { ...stamp(owner, bed('a', 'blue')), metadata: { ...(stamp(owner, bed())['metadata'] as Json), deletionTimestamp: 'now' } }),
      action: () => ({ children: [bed()] }), writes: [],
    },
    'is nothing while children are held': {
      before: () => [bed('a', 'blue'), bed('old')].forEach((one) => exists(one)), action: () => ({ children: hold }), writes: [],
    },
    'is the removal of what is named for it, also while children are held': {
      before: () => exists(harvest()),
      action: () => ({ children: hold, remove: [{ resource: Harvest, object: cluster.read.get(Harvest, 'n', 'a') ?? exists(harvest()) }] }), writes: ['delete Harvest a'],
    },
    'tells children of two kinds with one name apart': {
      before: () => exists(bed('a')), action: () => ({ children: [harvest('a')] }), writes: ['create Harvest a', 'delete Bed a'],
    },
  };
  test.each(Object.entries(cases))('%s', (_name, { before, action, writes }) => {
    before?.();
    expect(missing(action())).toEqual(writes);
  });
});

describe('a write', () => {
  async function write(action: Action<unknown>): Promise<unknown> {
    return perform(missingWrites(owner, owns, action, cluster.read), cluster);
  }

  test('that changes a child names the very copy that was seen', async () => {
    const { metadata: { uid, resourceVersion } } = exists(bed('a', 'blue'));
    expect(await write({ children: [bed()] })).toBeUndefined();
    expect(cluster.writes).toMatchObject([{ verb: 'apply', seen: { uid, resourceVersion } }]);
  });

  test('that changes a child is refused when the child has changed since', async () => {
    exists(bed('a', 'blue'));
    const writes = missingWrites(owner, owns, { children: [bed()] }, cluster.read);
    exists(bed('a', 'yellow'));
    expect(await perform(writes, cluster)).toMatchObject({ status: 409 });
    expect(cluster.writes).toEqual([]);
  });

  test('that removes a child names its uid, so that one made anew stays', async () => {
    const { metadata } = exists(bed('old'));
    expect(await write({ children: [] })).toBeUndefined();
    expect(cluster.writes).toMatchObject([{ verb: 'delete', seen: { uid: metadata.uid } }]);
  });

  test.each<[Child['life'], () => Child]>([['Apply', bed], ['CreateOnce', harvest], ['Issue', seed]])(
    'of a child with life %s does nothing when the child is there but not seen yet', async (_life, one) => {
      cluster.put(one().resource, stamp(owner, one()), { cached: false });
      expect(await write({ children: [one()] })).toBeUndefined();
      expect(cluster.writes).toEqual([]);
    },
  );

  test('gives an applied child back what someone took, although it is no longer seen', async () => {
    cluster.put(Bed, stamp(owner, bed('a', 'blue')), { cached: false });
    expect(await write({ children: [bed()] })).toBeUndefined();
    expect(cluster.live(Bed, 'n/a')).toMatchObject({ spec: { color: 'red' } });
  });

  test.each<[string, boolean, (one: Child) => Json]>([
    ['of another owner', true, (one) => stamp(neighbour, one)],
    ['of another owner, not seen', false, (one) => stamp(neighbour, one)],
    ['of nobody', true, (one) => ({ metadata: { name: one.body.metadata.name, namespace: 'n' } })],
    ['of nobody, not seen', false, (one) => ({ metadata: { name: one.body.metadata.name, namespace: 'n' } })],
  ])('never touches an object %s that has the name', async (_whose, cached, body) => {
    for (const one of [bed(), harvest(), seed()]) {
      cluster.put(one.resource, body(one), { cached });
      const before = cluster.live(one.resource, 'n/a');
      expect(await write({ children: [one] })).toBeInstanceOf(NameConflict);
      expect(cluster.live(one.resource, 'n/a')).toEqual(before);
    }
    expect(cluster.writes).toEqual([]);
  });

  test('that fails stops none of the others, and the worst of the errors is told', async () => {
    cluster.refuse = (one) => {
      if (!('name' in one)) return;
      if (one.name === 'a') throw new ApiError(500, 'InternalError', 'oops');
      if (one.name === 'b') throw new ApiError(403, 'Forbidden', 'quota');
    };
    expect(await write({ children: [bed('a'), bed('b'), bed('c')] })).toMatchObject({ status: 403 });
    expect(cluster.writes.map(({ name }) => name)).toEqual(['c']);
  });
});

describe('what is sent', () => {
  const reference = { apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'Garden', name: 'eden', uid: 'uid-n/eden', controller: true, blockOwnerDeletion: true };

  test.each<[Child['life'], Child]>([['Apply', bed()], ['CreateOnce', harvest()]])('for life %s bears our label and its owner', (_life, one) => {
    expect(stamp(owner, one)).toEqual({
      apiVersion: 'v1', kind: one.resource.kind, spec: { color: 'red' },
      metadata: { name: 'a', namespace: 'n', labels: { app: 'x', [managedByLabel]: 'modelkeeper' }, ownerReferences: [reference] },
    });
  });

  test('for life Issue bears the issuer as a label and no owner, so that it outlives its parent', () => {
    const { metadata } = stamp(owner, seed()) as { metadata: Json };
    expect(metadata['labels']).toEqual({ app: 'x', [managedByLabel]: 'modelkeeper', [issuerLabel]: owner.metadata.uid });
    expect(metadata).not.toHaveProperty('ownerReferences');
  });

  test('cannot pretend to be of someone else', () => {
    const body = { metadata: { name: 'a', namespace: 'elsewhere', labels: { [managedByLabel]: 'helm' } } };
    expect(stamp(owner, { life: 'Apply', resource: Bed, body })).toMatchObject({ metadata: { namespace: 'n', labels: { [managedByLabel]: 'modelkeeper' } } });
  });
});

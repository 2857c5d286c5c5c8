import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { classify } from '../../../operator/runtime/errors.ts';
import { collectionPath } from '../../../operator/kube/paths.ts';
import { desiredHash } from '../../../operator/runtime/owned.ts';
import { apiVersion, type Json, type Meta, type Resource } from '../../../operator/runtime/kind.ts';
import { configMap, configMaps, deployments, services, world, type Copy, type World } from './world.ts';

const gadgets: Resource<Copy> = { ...configMaps, group: 'test.modelkeeper.dev', version: 'v1', kind: 'Gadget', plural: 'gadgets' };
const gadgetPath = (name = ''): string => `/apis/test.modelkeeper.dev/v1/namespaces/${w.namespace}/gadgets${name && `/${name}`}`;

let w: World;
let allowed = true;
let count = 0;

beforeAll(async () => {
  w = await world({
    resources: [configMaps, deployments, services, gadgets],
    beforeWrite: () => {
      if (!allowed) throw new Error('not the leader');
    },
  });
  await installGadgets();
  await w.cluster.start();
}, 120_000);

afterAll(() => w.close());

async function installGadgets(): Promise<void> {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const status = { type: 'object', properties: { count: { type: 'integer' }, note: { type: 'string' }, names: { type: 'array', items: { type: 'string' } } } };
  await w.foreign.apply('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.test.modelkeeper.dev', {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.test.modelkeeper.dev' },
    spec: {
      group: 'test.modelkeeper.dev', scope: 'Namespaced', names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status } } } }],
    },
  });
}

const newName = (): string => `o-${++count}`;

/** A ConfigMap as the engine sends it. */
function body(name: string, data: Record<string, string> = { a: '1' }): Json {
  return { ...configMap(name, data), metadata: { name, namespace: w.namespace } };
}

function deployment(name: string): Json {
  return {
    metadata: { name, namespace: w.namespace },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } } },
  };
}

function service(name: string): Json {
  return { metadata: { name, namespace: w.namespace }, spec: { selector: { app: name }, ports: [{ port: 80 }] } };
}

function cached(name: string, resource = configMaps): Copy | undefined {
  return w.cluster.read.get(resource, w.namespace, name);
}

function precondition({ metadata }: { readonly metadata: Meta }): { uid: string; resourceVersion: string } {
  return { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
}

describe('a create', () => {
  test.each<[string, Resource<Copy>, (name: string) => Json]>([
    ['ConfigMap', configMaps, body], ['Deployment', deployments, deployment], ['Service', services, service],
  ])('of a %s leaves nothing to apply', async (_kind, resource, build) => {
    const name = newName();
    const created = await w.cluster.create(resource, build(name));
    expect(cached(name, resource)?.owned).toBe(desiredHash(build(name)));
    const again = await w.cluster.apply(resource, build(name), precondition(created));
    expect(again.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test('is refused when the name is taken, and changes nothing', async () => {
    const name = newName();
    await w.foreign.create(w.path(), configMap(name, { theirs: '1' }));
    await expect(w.cluster.create(configMaps, body(name))).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
    expect((await w.foreign.get(w.path(name)))['data']).toEqual({ theirs: '1' });
  });

  test('happens once, however many try', async () => {
    const name = newName();
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => w.cluster.create(configMaps, body(name, { n: String(n) }))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('lets a later apply remove a field, which a POST does not', async () => {
    const [applied, posted] = [newName(), newName()];
    await w.cluster.create(configMaps, body(applied, { a: '1', b: '2' }));
    await w.cluster.apply(configMaps, body(applied, { a: '1' }));
    expect((await w.foreign.get(w.path(applied)))['data']).toEqual({ a: '1' });

    await w.foreign.create(w.path(), body(posted, { a: '1', b: '2' }));
    await w.cluster.apply(configMaps, body(posted, { a: '1' }));
    expect((await w.foreign.get(w.path(posted)))['data']).toEqual({ a: '1', b: '2' });
  });
});

describe('an apply', () => {
  test('with a stale resourceVersion is a conflict', async () => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.foreign.mergePatch(w.path(name), { data: { theirs: '1' } });
    await expect(w.cluster.apply(configMaps, body(name, { a: '2' }), precondition(created))).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
    expect((await w.foreign.get(w.path(name)))['data']).toEqual({ a: '1', theirs: '1' });
  });

  test.each([['with', true], ['without', false]])('never brings back what is gone, %s its resourceVersion', async (_with, versioned) => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.foreign.remove(w.path(name));
    const seen = versioned ? precondition(created) : { uid: created.metadata.uid };
    await expect(w.cluster.apply(configMaps, body(name), seen)).rejects.toMatchObject({ status: 409 });
    await expect(w.foreign.get(w.path(name))).rejects.toMatchObject({ status: 404 });
  });

  test('does not touch another object of the same name', async () => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.foreign.remove(w.path(name));
    await w.foreign.create(w.path(), configMap(name, { theirs: '1' }));
    await expect(w.cluster.apply(configMaps, body(name), { uid: created.metadata.uid })).rejects.toThrow();
    expect((await w.foreign.get(w.path(name)))['data']).toEqual({ theirs: '1' });
  });
});

describe('the answer to a write', () => {
  test('is in the cache at once', async () => {
    const name = newName();
    await w.cluster.create(configMaps, body(name));
    expect(cached(name)?.live['data']).toEqual({ a: '1' });
    await w.cluster.apply(configMaps, body(name, { a: '2' }));
    expect(cached(name)?.live['data']).toEqual({ a: '2' });
  });

  test('is told once for each resourceVersion, also when its event comes after it', async () => {
    const name = newName();
    const told: string[] = [];
    w.cluster.onChange(configMaps, ({ after }) => {
      if (after?.metadata.name === name) told.push(after.metadata.resourceVersion);
    });
    for (let n = 0; n < 20; n++) await w.cluster.apply(configMaps, body(name, { n: String(n) }));
    const last = newName();
    await w.foreign.create(w.path(), configMap(last));
    await w.until(() => cached(last) !== undefined);
    expect(told).toHaveLength(20);
    expect(new Set(told).size).toBe(20);
  });

  test('does not bring back into the cache what was deleted meanwhile', async () => {
    const name = newName();
    const finalized = { ...body(name), metadata: { name, namespace: w.namespace, finalizers: ['modelkeeper.dev/test'] } };
    await w.cluster.create(configMaps, finalized);
    await w.foreign.remove(w.path(name));
    await w.until(() => cached(name)?.metadata.deletionTimestamp !== undefined);
    await w.cluster.apply(configMaps, body(name));
    await w.until(() => cached(name) === undefined);
    const last = newName();
    await w.cluster.create(configMaps, body(last));
    expect(cached(name)).toBeUndefined();
  });
});

describe('a status', () => {
  async function gadget(): Promise<{ name: string; metadata: Meta }> {
    const name = newName();
    const { metadata } = await w.cluster.create(gadgets, { metadata: { name, namespace: w.namespace }, spec: { a: 1 } });
    return { name, metadata };
  }
  const live = async (name: string): Promise<Json> => w.foreign.get(gadgetPath(name));

  test('loses the fields that are no longer sent', async () => {
    const { name, metadata } = await gadget();
    const first = await w.cluster.applyStatus(gadgets, metadata, { count: 1, note: 'x', names: ['a', 'b'] });
    expect(cached(name, gadgets)?.live['status']).toEqual({ count: 1, note: 'x', names: ['a', 'b'] });
    await w.cluster.applyStatus(gadgets, first.metadata, { count: 2, names: ['b'] });
    expect((await live(name))['status']).toEqual({ count: 2, names: ['b'] });
  });

  test('changes neither the spec nor what we own of the object', async () => {
    const { name, metadata } = await gadget();
    const owned = cached(name, gadgets)?.owned;
    await w.cluster.applyStatus(gadgets, metadata, { count: 1 });
    expect(await live(name)).toMatchObject({ spec: { a: 1 }, metadata: { generation: 1 } });
    expect(cached(name, gadgets)?.owned).toBe(owned);
  });

  test('that is the one there is changes nothing', async () => {
    const { metadata } = await gadget();
    const first = await w.cluster.applyStatus(gadgets, metadata, { count: 1 });
    const second = await w.cluster.applyStatus(gadgets, first.metadata, { count: 1 });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  test('of an object that has changed since is a conflict', async () => {
    const { name, metadata } = await gadget();
    await w.foreign.mergePatch(gadgetPath(name), { spec: { a: 2 } });
    await expect(w.cluster.applyStatus(gadgets, metadata, { count: 1 })).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
  });

  test('of an object that is gone, or is another one by now, is not written', async () => {
    const { name, metadata } = await gadget();
    await w.foreign.remove(gadgetPath(name));
    await expect(w.cluster.applyStatus(gadgets, metadata, { count: 1 })).rejects.toMatchObject({ status: 404 });
    await w.foreign.create(gadgetPath(), { apiVersion: 'test.modelkeeper.dev/v1', kind: 'Gadget', metadata: { name } });
    await expect(w.cluster.applyStatus(gadgets, metadata, { count: 1 })).rejects.toMatchObject({ status: 409 });
    expect((await live(name))['status']).toBeUndefined();
  });
});

describe('a removal', () => {
  test('deletes what was seen', async () => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.cluster.remove(configMaps, created.metadata, precondition(created));
    await expect(w.foreign.get(w.path(name))).rejects.toMatchObject({ status: 404 });
    await expect(w.cluster.remove(configMaps, created.metadata, precondition(created))).resolves.toBeUndefined();
  });

  test.each<[string, Resource<Copy>, (name: string) => Json]>([
    ['ConfigMap', configMaps, body], ['Deployment', deployments, deployment], ['Service', services, service],
  ])('of a %s is in the cache at once, and stays there', async (_kind, resource, build) => {
    const [name, later] = [newName(), newName()];
    const created = await w.cluster.create(resource, build(name));
    await w.cluster.remove(resource, created.metadata, precondition(created));
    expect(cached(name, resource)).toBeUndefined();
    const told = Promise.withResolvers<undefined>();
    w.cluster.onChange(resource, ({ after, written }) => {
      if (after?.metadata.name === later && !written) told.resolve(undefined);
    });
    await w.foreign.create(collectionPath(resource, w.namespace), { ...build(later), apiVersion: apiVersion(resource), kind: resource.kind });
    await told.promise;
    expect(cached(name, resource)).toBeUndefined();
  });

  test('spares another object of the same name, and is fulfilled', async () => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.foreign.remove(w.path(name));
    await w.foreign.create(w.path(), configMap(name, { theirs: '1' }));
    await expect(w.cluster.remove(configMaps, created.metadata, { uid: created.metadata.uid })).resolves.toBeUndefined();
    expect((await w.foreign.get(w.path(name)))['data']).toEqual({ theirs: '1' });
  });

  test('is a conflict when the object has changed since', async () => {
    const name = newName();
    const created = await w.cluster.create(configMaps, body(name));
    await w.foreign.mergePatch(w.path(name), { data: { theirs: '1' } });
    await expect(w.cluster.remove(configMaps, created.metadata, precondition(created))).rejects.toMatchObject({ status: 409 });
    expect((await w.foreign.get(w.path(name)))['data']).toEqual({ a: '1', theirs: '1' });
  });
});

test('an Event is accepted', async () => {
  const now = new Date().toISOString().replace('Z', '000Z');
  await w.cluster.event({
    metadata: { name: 'e.1', namespace: w.namespace }, eventTime: now, action: 'Test', reason: 'Tested', note: 'note', type: 'Normal',
    reportingController: 'modelkeeper.dev/operator', reportingInstance: 'test',
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace: w.namespace, name: 'x' },
  });
  expect(await w.foreign.get(`/apis/events.k8s.io/v1/namespaces/${w.namespace}/events/e.1`)).toMatchObject({ reason: 'Tested' });
});

test('nothing reaches the API server while writing is not allowed', async () => {
  allowed = false;
  const name = newName();
  try {
    await expect(w.cluster.create(configMaps, body(name))).rejects.toThrow('not the leader');
    await expect(w.cluster.apply(configMaps, body(name))).rejects.toThrow('not the leader');
  } finally {
    allowed = true;
  }
  await expect(w.foreign.get(w.path(name))).rejects.toMatchObject({ status: 404 });
});

test('an object that is too large is refused for good', async () => {
  const name = newName();
  const error: unknown = await w.cluster.create(configMaps, body(name, { big: 'x'.repeat(1_600_000) })).catch((caught: unknown) => caught);
  expect(classify(error)).toBe('Terminal');
});

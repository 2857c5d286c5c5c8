import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startControlPlane, type ControlPlane } from '../../../hack/cluster/controlplane.ts';
import type { Incoming, Send } from '../../../operator/kube/connections.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import { configMap, configMaps, world, type World, type WorldOptions } from './world.ts';

let open: World | undefined;

async function started(options: WorldOptions = {}): Promise<World> {
  open = await world(options);
  await open.cluster.start();
  return open;
}

afterEach(async () => {
  await open?.close();
  open = undefined;
});

/** Changes the namespace behind the back of a watch that does not work at the moment. */
async function changeUnseen({ foreign, path }: World): Promise<void> {
  await foreign.remove(path('gone'));
  await foreign.remove(path('again'));
  await foreign.create(path(), configMap('again', { second: 'yes' }));
  await foreign.create(path(), configMap('new'));
}

const changed = ({ cluster, namespace, names }: World) => (): boolean =>
  names().join() === 'again,new' && asRecord(cluster.read.get(configMaps, namespace, 'again')?.live['data'])?.['second'] === 'yes';

async function prepared(options: WorldOptions = {}): Promise<World> {
  const w = await started(options);
  await w.foreign.create(w.path(), configMap('gone'));
  await w.foreign.create(w.path(), configMap('again'));
  await w.until(() => w.names().length === 2);
  return w;
}

describe('no event is lost', () => {
  test('when the watch is cut', async () => {
    const w = await prepared();
    w.proxy.cut();
    await changeUnseen(w);
    await w.until(changed(w));
    expect(w.notes.faults).toEqual(['broken']);
  }, 60_000);

  test('when the watch goes silent without ending', async () => {
    const w = await prepared({ watchIdleMs: 2000 });
    w.proxy.freeze();
    await changeUnseen(w);
    await w.until(changed(w));
    expect(w.notes.faults).toContain('broken');
  }, 60_000);

  test.each<[string, Incoming]>([
    ['as a refusal', { status: 410, retryAfter: undefined, body: chunks('{"kind":"Status","code":410,"reason":"Gone","message":"too old"}') }],
    ['as an event', { status: 200, retryAfter: undefined, body: chunks('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n') }],
  ])('when the API server has dropped it, and says so %s', async (_form, answer) => {
    let expired = 0;
    const intercept = (send: Send): Send => (request) =>
      (request.path.includes('resourceVersion=') && expired++ === 0 ? Promise.resolve(answer) : send(request));
    const w = await prepared({ intercept });
    w.proxy.cut();
    await changeUnseen(w);
    await w.until(changed(w));
    expect(w.notes.faults).toEqual(['broken', 'expired']);
  }, 60_000);
});

/** Asks once for the events since a version that is not the newest. */
function backTo(version: () => string): (send: Send) => Send {
  let done = false;
  return (send) => (request) => {
    if (done || !request.path.includes('resourceVersion=')) return send(request);
    done = true;
    return send({ ...request, path: request.path.replace(/resourceVersion=\d+/, `resourceVersion=${version()}`) });
  };
}

test('what an API server tells again is left out', async () => {
  // Not since 1: an API server that has much to do forgets that within a minute.
  let first = '';
  const w = await prepared({ intercept: backTo(() => first) });
  first = w.cluster.read.get(configMaps, w.namespace, 'gone')?.metadata.resourceVersion ?? '';
  await w.foreign.remove(w.path('gone'));
  await w.until(() => w.names().length === 1);
  const told: string[] = [];
  w.cluster.onChange(configMaps, ({ after }) => told.push(after?.metadata.name ?? 'deleted'));
  w.proxy.cut();
  await w.foreign.create(w.path(), configMap('new'));
  await w.until(() => w.names().includes('new'));
  expect(w.names()).toEqual(['again', 'new']);
  expect(told).toEqual(['new']);
  expect(new Set(w.notes.faults)).toEqual(new Set(['broken', 'stale']));
}, 60_000);

describe('an API server that restarts', () => {
  let server: ControlPlane;

  beforeAll(async () => {
    server = await startControlPlane({ controllerManager: false, log: () => undefined });
  }, 120_000);

  afterAll(() => server.stop());

  test('loses no event, while others write without a break', async () => {
    const w = await started({ server });
    const { path, foreign } = w;
    const created: string[] = [];
    const restart = { over: false };
    const restarted = server.restartApiServer().then(() => {
      restart.over = true;
    });
    for (let n = 0; !restart.over || created.length < 50; n++) {
      const name = `c-${n}`;
      await foreign.create(path(), configMap(name)).then(() => created.push(name), () => undefined);
    }
    await restarted;
    const live = asItems((await foreign.get(path()))['items']).map((item) => String(asRecord(asRecord(item)?.['metadata'])?.['name']));
    await w.until(() => live.every((name) => name === 'kube-root-ca.crt' || w.names().includes(name)));
    expect(created.filter((name) => !w.names().includes(name))).toEqual([]);
    expect(w.cluster.health()).toMatchObject({ synced: true, watching: true });
  }, 120_000);

  test('no longer has the events from before', async () => {
    await server.restartApiServer();
    const w = await prepared({ server, intercept: backTo(() => '1') });
    w.proxy.cut();
    await changeUnseen(w);
    await w.until(changed(w));
    expect(w.notes.faults).toEqual(['broken', 'expired']);
  }, 120_000);
});

test('an API server that does not send initial objects by watch is listed in pages', async () => {
  const limits: string[] = [];
  const intercept = (send: Send): Send => (request) => {
    if (request.path.includes('sendInitialEvents')) return Promise.resolve({ status: 422, retryAfter: undefined, body: chunks('{}') });
    if (request.path.includes('limit=500')) limits.push(request.path);
    return send({ ...request, path: request.path.replace('limit=500', 'limit=2') });
  };
  open = await world({ intercept });
  const w = open;
  for (let n = 0; n < 5; n++) await w.foreign.create(w.path(), configMap(`c-${n}`));
  await w.cluster.start();
  expect(w.names()).toEqual(['c-0', 'c-1', 'c-2', 'c-3', 'c-4']);
  expect(limits.length).toBeGreaterThanOrEqual(3);
  await w.foreign.create(w.path(), configMap('later'));
  await w.until(() => w.names().includes('later'));
}, 60_000);

test('a selector keeps out what does not match, also what no longer does', async () => {
  const labelled = { ...configMaps, selector: 'mine=yes' };
  open = await world({ resources: [labelled] });
  const { cluster, foreign, namespace, path } = open;
  await foreign.create(path(), configMap('theirs'));
  await foreign.create(path(), { ...configMap('mine'), metadata: { name: 'mine', labels: { mine: 'yes' } } });
  await cluster.start();
  expect(cluster.read.list(labelled, namespace).map(({ metadata }) => metadata.name)).toEqual(['mine']);
  const gone = new Promise<void>((resolve) => cluster.onChange(labelled, ({ after }) => {
    if (after === undefined) resolve();
  }));
  await foreign.mergePatch(path('mine'), { metadata: { labels: { mine: null } } });
  await gone;
  expect(cluster.read.list(labelled, namespace)).toEqual([]);
}, 60_000);

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text));
}

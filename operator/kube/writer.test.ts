import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Json, Stored } from '../runtime/kind.ts';
import { Notes, refusal, StubServer, thing, things, type Answer } from './testing/stub.ts';
import { Transport } from './transport.ts';
import { writer } from './writer.ts';

const body = { metadata: { name: 'a', namespace: 'n', labels: { l: '1' } }, value: 1 };
const live = (version = 5, metadata?: Json): Answer => ({ status: 200, body: thing('a', version, metadata ? { metadata } : {}) });
let server: StubServer;
let written: Stored[];
let gone: string[];
let allowed: boolean;

beforeEach(() => {
  server = new StubServer();
  written = [];
  gone = [];
  allowed = true;
});

function write() {
  return writer({
    transport: new Transport({ send: server.send, recorder: new Notes() }),
    fieldManager: 'us',
    beforeWrite: () => {
      if (!allowed) throw new Error('not the leader');
    },
    onWritten: (_resource, object) => written.push(object),
    onGone: (_resource, { namespace, name, uid }) => gone.push(`${namespace}/${name} ${uid}`),
  });
}

function sent(index = 0): Json {
  return JSON.parse(server.requests[index]!.body!) as Json;
}

const path = '/apis/example.com/v1/namespaces/n/things/a';

describe('create', () => {
  test('applies a version that no object can have', async () => {
    server.then(live());
    await write().create(things, body);
    expect(server.requests[0]).toMatchObject({ method: 'PATCH', path: `${path}?fieldManager=us&force=true&fieldValidation=Ignore` });
    expect(sent()).toEqual({ ...body, apiVersion: 'example.com/v1', kind: 'Thing', metadata: { ...body.metadata, resourceVersion: '1' } });
    expect(written).toHaveLength(1);
  });

  test('says that the name is taken', async () => {
    server.then(refusal(409, 'Conflict'), live());
    await expect(write().create(things, body)).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' });
  });

  test('passes on a conflict about something else', async () => {
    server.then(refusal(409, 'Conflict', 'quota'), refusal(404, 'NotFound'));
    await expect(write().create(things, body)).rejects.toMatchObject({ status: 409, reason: 'Conflict', message: 'quota' });
  });
});

test('apply names the copy that was seen', async () => {
  server.then(live(), live());
  await write().apply(things, body, { uid: 'u', resourceVersion: '4' });
  await write().apply(things, body);
  expect(sent()['metadata']).toEqual({ ...body.metadata, uid: 'u', resourceVersion: '4' });
  expect(sent(1)['metadata']).toEqual(body.metadata);
});

test('applyStatus sends the status alone, as another manager, for the copy that was seen', async () => {
  server.then(live());
  const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1', generation: 1, creationTimestamp: '', labels: { l: '1' }, annotations: {} };
  await write().applyStatus(things, metadata, { ok: true });
  expect(server.requests[0]!.path).toBe(`${path}/status?fieldManager=us-status&force=true&fieldValidation=Ignore`);
  expect(sent()).toEqual({ apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n', resourceVersion: '1' }, status: { ok: true } });
});

test('a copy of what has just gone is not kept', async () => {
  server.then(live(5, { deletionTimestamp: 'now', finalizers: [] }));
  await write().apply(things, body);
  expect(written).toEqual([]);
});

describe('remove', () => {
  const seen = { uid: 'uid-a', resourceVersion: '4' };
  const remove = () => write().remove(things, { namespace: 'n', name: 'a' }, seen);

  test('deletes in the background, only what was seen', async () => {
    server.then({ status: 200 });
    await remove();
    expect(server.requests[0]).toMatchObject({ method: 'DELETE', path });
    expect(sent()).toMatchObject({ propagationPolicy: 'Background', preconditions: { uid: 'uid-a', resourceVersion: '4' } });
  });

  test.each<[string, Answer[]]>([
    ['the object is gone', [refusal(404, 'NotFound')]],
    ['another object has its name', [refusal(409, 'Conflict'), { status: 200, body: thing('a', 9, { uid: 'other' }) }]],
    ['it goes while we look', [refusal(409, 'Conflict'), refusal(404, 'NotFound')]],
  ])('is fulfilled when %s', async (_case, answers) => {
    server.then(...answers);
    await expect(remove()).resolves.toBeUndefined();
    expect([gone, written]).toEqual([['n/a uid-a'], []]);
  });

  test.each<[string, Answer, string[]]>([
    ['a kind of which it says no more', { status: 200, body: { kind: 'Status', metadata: {}, status: 'Success' } }, ['n/a uid-a']],
    ['a kind that it answers with as it was', live(6), ['n/a uid-a']],
    ['what has yet to go', live(6, { deletionTimestamp: 'now', finalizers: ['f'] }), []],
  ])('tells what is gone, and no copy, of %s', async (_what, answer, expected) => {
    server.then(answer);
    await remove();
    expect([gone, written]).toEqual([expected, []]);
  });

  test('is rejected when the object has changed since', async () => {
    server.then(refusal(409, 'Conflict'), live(9));
    await expect(remove()).rejects.toMatchObject({ status: 409 });
    expect([gone, written]).toEqual([[], []]);
  });
});

describe('an event', () => {
  const event = { metadata: { name: 'e', namespace: 'n' } };

  test.each<[string, Answer]>([['too busy', { status: 429, retryAfter: '1' }], ['failing', refusal(500, 'InternalError')], ['away', new Error('ECONNREFUSED')]])(
    'is dropped, and not tried again, when the API server is %s', async (_state, answer) => {
      server.then(answer);
      await expect(write().event(event)).resolves.toBeUndefined();
      expect(server.requests).toHaveLength(1);
    });

  test('that is not valid is an error', async () => {
    server.then(refusal(422, 'Invalid'));
    await expect(write().event(event)).rejects.toMatchObject({ status: 422 });
  });
});

test('nothing is written when it is not allowed', async () => {
  allowed = false;
  const w = write();
  const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1', generation: 1, creationTimestamp: '', labels: {}, annotations: {} };
  const writes = [w.create(things, body), w.apply(things, body), w.applyStatus(things, metadata, {}), w.remove(things, metadata, metadata), w.event(body)];
  for (const outcome of await Promise.allSettled(writes)) expect(outcome).toMatchObject({ status: 'rejected', reason: new Error('not the leader') });
  expect(server.requests).toEqual([]);
});

test('lookup finds what is there, and nothing', async () => {
  server.then(live(7), refusal(404, 'NotFound'));
  expect(await write().lookup(things, 'n', 'a')).toMatchObject({ metadata: { resourceVersion: '7' } });
  expect(await write().lookup(things, 'n', 'a')).toBeUndefined();
});

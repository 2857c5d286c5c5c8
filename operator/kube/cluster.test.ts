import { beforeEach, expect, test } from '@jest/globals';
import { connect, type ConnectedCluster } from './cluster.ts';
import { Notes, Stream, StubServer, thing, things } from './testing/stub.ts';
import { Transport } from './transport.ts';

let server: StubServer;
let notes: Notes;

beforeEach(() => {
  server = new StubServer();
  notes = new Notes();
});

function cluster(options: { readonly namespace?: string } = {}): ConnectedCluster {
  return connect({ resources: [things], fieldManager: 'us', transport: new Transport({ send: server.send, recorder: notes }), recorder: notes, ...options });
}

test('it is synced when all caches are, and reads them', async () => {
  const connected = cluster();
  expect(connected.health()).toMatchObject({ synced: false, watching: false });
  server.then(new Stream().event('ADDED', thing('a', 1, { value: 7 })).initialEnd(2));
  await connected.start();
  expect(connected.health()).toMatchObject({ synced: true, watching: true, resources: [{ resource: 'things.example.com' }] });
  expect(connected.read.get(things, 'n', 'a')?.value).toBe(7);
  expect(connected.read.get(things, 'n', 'b')).toBeUndefined();
  await connected.stop();
});

test('it watches one namespace, and keeps nothing that it wrote elsewhere', async () => {
  const connected = cluster({ namespace: 'n' });
  server.then(new Stream().initialEnd(2));
  await connected.start();
  expect(server.requests[0]!.path).toContain('/namespaces/n/things?');
  server.then({ status: 200, body: thing('here', 3) }, { status: 200, body: thing('there', 4, { metadata: { namespace: 'm' } }) });
  await connected.apply(things, { metadata: { name: 'here', namespace: 'n' } });
  await connected.apply(things, { metadata: { name: 'there', namespace: 'm' } });
  expect(connected.read.get(things, 'n', 'here')).toBeDefined();
  expect(connected.read.get(things, 'm', 'there')).toBeUndefined();
  await connected.stop();
});

test('to read what is not watched is a mistake of the program', () => {
  expect(() => cluster().read.list({ ...things, plural: 'others' }, 'n')).toThrow('others.example.com is not watched');
});

test('a listener that throws is counted', async () => {
  const connected = cluster();
  connected.onChange(things, () => {
    throw new Error('listener');
  });
  server.then(new Stream().event('ADDED', thing('a', 1)).initialEnd(2));
  await connected.start();
  expect(notes.faults).toEqual(['listener']);
  await connected.stop();
});

test('it can be stopped before it is started', async () => {
  await expect(cluster().stop()).resolves.toBeUndefined();
});

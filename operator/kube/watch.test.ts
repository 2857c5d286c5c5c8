import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventLoop } from '../runtime/turns.ts';
import { parseMeta } from './metadata.ts';
import { Store } from './store.ts';
import { Notes, refusal, Stream, StubServer, thing, things, type Thing } from './testing/stub.ts';
import { Transport } from './transport.ts';
import { Reflector } from './watch.ts';

let server: StubServer;
let notes: Notes;
let store: Store<Thing>;
let reflector: Reflector;
let synced: Promise<unknown>;

beforeEach(() => {
  jest.useFakeTimers();
  server = new StubServer();
  notes = new Notes();
  store = new Store<Thing>([], () => undefined);
  const transport = new Transport({ send: server.send, recorder: notes });
  reflector = new Reflector({ resource: things, namespace: '', store: store as unknown as Store, transport, recorder: notes });
});

afterEach(async () => {
  await reflector.stop();
  await synced;
  jest.useRealTimers();
});

async function start(): Promise<void> {
  synced = reflector.start().catch((error: unknown) => error);
  await moment();
}

/** Lets everything happen that waits for nothing. */
async function moment(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

async function seconds(count: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(count * 1000);
}

function stored(): string[] {
  return store.inNamespace('n').map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
}

/** A watch that has told of `a` at 10 and `b` at 11, and is synced at 12. */
async function watching(): Promise<Stream> {
  const stream = new Stream().event('ADDED', thing('a', 10)).event('ADDED', thing('b', 11)).initialEnd(12);
  server.then(stream);
  await start();
  return stream;
}

describe('the initial objects', () => {
  test('come by watch, and are not seen before they are complete', async () => {
    const stream = new Stream().event('ADDED', thing('a', 10)).event('ADDED', thing('b', 9));
    server.then(stream);
    await start();
    expect(stored()).toEqual([]);
    expect(reflector.health()).toMatchObject({ synced: false, watching: true });

    stream.event('MODIFIED', thing('a', 11)).event('DELETED', thing('b', 12)).initialEnd(13);
    await moment();
    expect(stored()).toEqual(['a@11']);
    expect(reflector.health()).toMatchObject({ resource: 'things.example.com', synced: true, watching: true, error: undefined });

    const [query] = server.queries;
    expect(Object.fromEntries(query!)).toMatchObject({ watch: 'true', sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' });
    expect(query!.has('resourceVersion')).toBe(false);
    expect(Number(query!.get('timeoutSeconds'))).toBeGreaterThanOrEqual(300);
    expect(Number(query!.get('timeoutSeconds'))).toBeLessThanOrEqual(600);
  });

  test('come by list, in pages, from an API server that does not send them by watch', async () => {
    server.then(
      refusal(422, 'Invalid'),
      { status: 200, body: { metadata: { resourceVersion: '20', continue: 'next' }, items: [thing('a', 10)] } },
      { status: 200, body: { metadata: { resourceVersion: '20' }, items: [thing('b', 11)] } },
      new Stream().event('MODIFIED', thing('a', 21)),
    );
    await start();
    await seconds(2);
    expect(stored()).toEqual(['a@21', 'b@11']);
    expect(server.queries.map((query) => [query.get('limit'), query.get('continue'), query.get('resourceVersion')]).slice(1))
      .toEqual([['500', null, null], ['500', 'next', null], [null, null, '20']]);
  });

  test.each<[string, () => void]>([
    ['by watch', () => server.then(new Stream().event('ADDED', { metadata: { name: 'odd' } }).event('ADDED', thing('a', 10)).initialEnd(20))],
    ['by list', () => server.then(refusal(422, 'Invalid'), { status: 200, body: { metadata: { resourceVersion: '20' }, items: [{ metadata: { name: 'odd' } }, 7, thing('a', 10)] } }, new Stream())],
  ])('come %s without one that cannot be read, which is counted', async (_how, answer) => {
    answer();
    await start();
    await seconds(2);
    expect(stored()).toEqual(['a@10']);
    expect(notes.faults).toContain('malformed');
    expect(reflector.health()).toMatchObject({ synced: true, watching: true });
  });

  test('are listed again when the watch ends too early', async () => {
    server.then(new Stream().event('ADDED', thing('a', 10)).end(), new Stream().event('ADDED', thing('b', 11)).initialEnd(12));
    await start();
    expect(stored()).toEqual([]);
    expect(notes.faults).toEqual(['broken']);
    await seconds(2);
    expect(stored()).toEqual(['b@11']);
  });

  test('are taken in turns with other work, when a turn is due', async () => {
    jest.useRealTimers();
    const yielding = jest.spyOn(eventLoop, 'yield').mockImplementation(() => setImmediate());
    const stream = new Stream();
    for (let n = 1; n <= 100; n++) stream.event('ADDED', thing(`o-${n}`, n));
    server.then(stream.initialEnd(101));
    synced = reflector.start();
    let others = 0;
    while (!reflector.health().synced) {
      await setImmediate();
      others += 1;
    }
    yielding.mockRestore();
    expect(store.size).toBe(100);
    expect(others).toBeGreaterThanOrEqual(100);
  });
});

describe('a watch goes on from the last resourceVersion', () => {
  const endings: Record<string, (stream: Stream) => void> = {
    'after the connection broke': (stream) => stream.fail(new Error('terminated')),
    'after the API server ended it': (stream) => stream.end(),
    'after a line that was cut off': (stream) => stream.text('{"type":"MODIFIED","object":{"meta').end(),
    'after an ERROR of the API server': (stream) => stream.event('ERROR', { code: 500, reason: 'InternalError', message: 'etcd' }),
  };
  test.each(Object.entries(endings))('%s', async (_ending, end) => {
    const stream = await watching();
    stream.event('MODIFIED', thing('a', 13)).bookmark(15);
    server.then(new Stream().event('DELETED', thing('b', 16)).event('ADDED', thing('c', 17)));
    end(stream);
    await moment();
    expect(reflector.health()).toMatchObject({ synced: true, watching: false });
    await seconds(2);
    expect(stored()).toEqual(['a@13', 'c@17']);
    expect(server.queries[1]!.get('resourceVersion')).toBe('15');
    expect(server.queries[1]!.has('sendInitialEvents')).toBe(false);
    expect(reflector.health()).toMatchObject({ watching: true, error: undefined });
  });

  test('however often it fails', async () => {
    const stream = await watching();
    for (let n = 0; n < 40; n++) server.then(n % 2 === 0 ? new Error('ECONNREFUSED') : refusal(503, 'ServiceUnavailable'));
    server.then(new Stream().event('ADDED', thing('c', 13)));
    stream.end();
    await seconds(40 * 30);
    expect(stored()).toEqual(['a@10', 'b@11', 'c@13']);
  });

  test('with growing pauses while it fails', async () => {
    const stream = await watching();
    for (let n = 0; n < 20; n++) server.then(new Error('ECONNREFUSED'));
    stream.end();
    await seconds(120);
    expect(server.requests.length).toBeGreaterThan(12);
    expect(server.requests.length).toBeLessThan(19);
    expect(reflector.health()).toMatchObject({ synced: true, watching: false, error: expect.stringContaining('ECONNREFUSED') });
  });
});

test('after a good watch the pauses are short again', async () => {
  const stream = await watching();
  for (let n = 0; n < 6; n++) server.then(new Error('ECONNREFUSED'));
  const good = new Stream();
  server.then(good);
  stream.end();
  await seconds(120);
  expect(server.requests).toHaveLength(8);
  good.bookmark(20);
  await moment();
  good.fail(new Error('ECONNRESET'));
  server.then(new Stream());
  await seconds(1.2);
  expect(server.requests).toHaveLength(9);
});

test('an API server that asks for time gets it', async () => {
  const stream = await watching();
  server.then({ status: 429, retryAfter: '25' }, new Stream());
  stream.end();
  await seconds(25);
  expect(server.requests).toHaveLength(2);
  await seconds(15);
  expect(server.requests).toHaveLength(3);
});

describe('everything is listed again', () => {
  const relists: Record<string, (stream: Stream) => void> = {
    'after a 410 in the watch': (stream) => stream.event('ERROR', { code: 410, reason: 'Expired', message: 'too old' }),
    'after a 410 in answer to the watch': (stream) => {
      server.then(refusal(410, 'Expired'));
      stream.end();
    },
    'after a line that cannot be read': (stream) => stream.text('{"type":"MODIFIED","object":{\n'),
    'after an object without metadata': (stream) => stream.event('MODIFIED', { spec: {} }),
  };
  test.each(Object.entries(relists))('%s', async (_reason, expire) => {
    const stream = await watching();
    expire(stream);
    server.then(new Stream().event('ADDED', thing('b', 20, { uid: 'other' })).event('ADDED', thing('c', 21)).initialEnd(30));
    await seconds(6);
    expect(stored()).toEqual(['b@20', 'c@21']);
    expect(server.queries.at(-1)!.get('sendInitialEvents')).toBe('true');
  });

  test('when the kind is gone, until it is back', async () => {
    const stream = await watching();
    server.then(refusal(404, 'NotFound'), refusal(404, 'NotFound'), new Stream().event('ADDED', thing('z', 40)).initialEnd(41));
    stream.end();
    await seconds(10);
    expect(stored()).toEqual(['z@40']);
  });
});

describe('what is older than what was seen', () => {
  test('is left out of a watch', async () => {
    const stream = await watching();
    stream.event('ADDED', thing('old', 5)).event('DELETED', thing('a', 11)).event('MODIFIED', thing('b', 13));
    await moment();
    expect(stored()).toEqual(['a@10', 'b@13']);
    expect(notes.faults).toEqual(['stale', 'stale']);
  });

  test('is refused as a list', async () => {
    const stream = await watching();
    stream.event('ERROR', { code: 410, reason: 'Expired', message: 'too old' });
    server.then(new Stream().event('ADDED', thing('old', 5)).initialEnd(6), new Stream().event('ADDED', thing('a', 13)).initialEnd(14));
    await seconds(2);
    expect(stored()).toEqual(['a@10', 'b@11']);
    expect(reflector.health().error).toContain('older than seen before');
    await seconds(5);
    expect(stored()).toEqual(['a@13']);
  });
});

test('the event of a write whose answer is here already is not projected again', async () => {
  const stream = await watching();
  const live = thing('c', 13);
  store.putWritten(things.project(parseMeta(live)!, live));
  const project = jest.spyOn(things, 'project');
  stream.event('ADDED', live).event('MODIFIED', thing('c', 14));
  await moment();
  expect(project).toHaveBeenCalledTimes(1);
  expect(stored()).toEqual(['a@10', 'b@11', 'c@14']);
  project.mockRestore();
});

test('an event of an unknown type is counted and changes nothing', async () => {
  const stream = await watching();
  stream.event('NEWTYPE', thing('x', 13)).event('ADDED', thing('c', 14));
  await moment();
  expect(stored()).toEqual(['a@10', 'b@11', 'c@14']);
  expect(notes.faults).toEqual(['unknown-type']);
});

test('a watch that ended in its time is followed by the next at once', async () => {
  const stream = await watching();
  server.then(new Stream());
  await seconds(300);
  stream.end();
  await moment();
  await moment();
  expect(server.requests).toHaveLength(2);
});

test('a start is rejected when the reflector is stopped before it has the objects', async () => {
  server.then(new Stream());
  await start();
  await reflector.stop();
  expect(await synced).toEqual(new Error('stopped'));
});

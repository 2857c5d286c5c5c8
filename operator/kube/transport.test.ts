import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ApiError } from '../runtime/errors.ts';
import type { Send } from './connections.ts';
import { Notes, refusal, Stream, StubServer, type Answer } from './testing/stub.ts';
import { Transport, type ApiRequest } from './transport.ts';

const get: ApiRequest = { method: 'GET', path: '/api/v1/x' };
const ok: Answer = { status: 200, body: { kind: 'X' } };
let server: StubServer;
let notes: Notes;

beforeEach(() => {
  jest.useFakeTimers();
  server = new StubServer();
  notes = new Notes();
});

afterEach(() => {
  jest.useRealTimers();
});

function transport(renew?: () => void): Transport {
  return new Transport({ send: server.send, recorder: notes, ...(renew === undefined ? {} : { renew }) });
}

/** Runs timers until the promise is settled, and returns its value or its error. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  const outcome = promise.catch((error: unknown) => error);
  await jest.runAllTimersAsync();
  return outcome;
}

describe('a text', () => {
  test('is what the server sent, JSON or not', async () => {
    server.then({ status: 200, body: 'line 1\nline 2' });
    expect(await transport().text({ path: '/log', query: { limitBytes: '5' } }, 100)).toBe('line 1\nline 2');
    expect(server.requests[0]?.path).toBe('/log?limitBytes=5');
  });

  test('that is longer than agreed is refused', async () => {
    server.then({ status: 200, body: 'too long' });
    expect(await settled(transport().text({ path: '/log' }, 7))).toEqual(new Error('GET /log: the answer has more than 7 bytes'));
  });

  test('is refused as anything else is', async () => {
    server.then(refusal(404, 'NotFound', 'no such pod'));
    expect(await settled(transport().text({ path: '/log' }, 100))).toMatchObject({ status: 404, message: 'no such pod' });
  });
});

describe('when the API server is busy', () => {
  const busy = (retryAfter?: string): Answer => ({ status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) });

  test('a request is tried again, not before the time it asks for', async () => {
    server.then(busy('2'), ok);
    const answer = transport().request(get);
    await jest.advanceTimersByTimeAsync(1999);
    expect(server.requests).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1001);
    expect(server.requests).toHaveLength(2);
    expect(await answer).toEqual({ kind: 'X' });
    expect(notes.codes).toEqual(['GET 429', 'GET 200']);
  });

  test('it gives up after three tries, and says when to come back', async () => {
    server.then(busy('1'), busy(), busy('1'), ok);
    expect(await settled(transport().request(get))).toMatchObject({ status: 429, retryAfterMs: 1000 });
    expect(server.requests).toHaveLength(3);
  });

  test('a long wait is left to the caller', async () => {
    server.then(busy('60'));
    expect(await settled(transport().request(get))).toMatchObject({ status: 429, retryAfterMs: 60_000 });
  });

  test.each<[string, Answer, number]>([
    ['503 with Retry-After is tried again', { status: 503, retryAfter: '1' }, 2],
    ['503 without it may have been done', { status: 503 }, 1],
    ['500 may have been done', refusal(500, 'InternalError'), 1],
  ])('%s', async (_case, answer, requests) => {
    server.then(answer, ok);
    await settled(transport().request({ ...get, method: 'POST', body: {} }));
    expect(server.requests).toHaveLength(requests);
  });

  test('`before` is asked before each try and can end the request', async () => {
    server.then(busy('1'), ok);
    let asked = 0;
    const before = (): void => {
      if (++asked === 2) throw new Error('not the leader');
    };
    expect(await settled(transport().request({ ...get, before }))).toEqual(new Error('not the leader'));
    expect(server.requests).toHaveLength(1);
  });
});

describe('when the credentials are refused', () => {
  test('they are renewed once', async () => {
    server.then(refusal(401, 'Unauthorized'), ok);
    const renew = jest.fn();
    expect(await transport(renew).request(get)).toEqual({ kind: 'X' });
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('a second refusal stands', async () => {
    server.then(refusal(401, 'Unauthorized'), refusal(401, 'Unauthorized'));
    expect(await settled(transport(() => undefined).request(get))).toMatchObject({ status: 401, reason: 'Unauthorized' });
  });
});

describe('an error', () => {
  test('tells reason and message of the Status, cut', async () => {
    server.then(refusal(422, 'Invalid', 'x'.repeat(400)));
    const error = await settled(transport().request(get));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, reason: 'Invalid', message: 'x'.repeat(256) });
  });

  test('does not repeat what is no Status', async () => {
    server.then({ status: 502, body: '<html>secret</html>' });
    expect(await settled(transport().request(get))).toMatchObject({ status: 502, reason: 'Unknown', message: 'GET /api/v1/x: HTTP 502' });
  });

  test('of the network is an ordinary one with its cause', async () => {
    const cause = new Error('read ECONNRESET');
    server.then(cause);
    const error = await settled(transport().request(get));
    expect(error).not.toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ message: 'GET /api/v1/x: read ECONNRESET', cause });
    expect(notes.codes).toEqual(['GET <error>']);
  });

  test('is what an answer becomes that is no JSON object', async () => {
    server.then({ status: 200, body: '[]' });
    expect(await settled(transport().request(get))).toMatchObject({ message: 'GET /api/v1/x: the answer is not a JSON object' });
  });
});

test('a server that does not answer is given up at the deadline', async () => {
  const send: Send = ({ signal }) => new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  const silent = new Transport({ send, recorder: notes });
  const outcome = silent.request({ ...get, deadlineMs: 5000 }).catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(5000);
  expect(await outcome).toMatchObject({ message: 'GET /api/v1/x: no answer within 5000 ms' });
});

test('a request that is answered leaves no timer behind', async () => {
  server.then(ok);
  await transport().request(get);
  expect(jest.getTimerCount()).toBe(0);
});

test('a body that stops coming is given up at the deadline', async () => {
  server.then(new Stream().text('{"half":'));
  const outcome = transport().request({ ...get, deadlineMs: 5000 }).catch((error: unknown) => error);
  await jest.advanceTimersByTimeAsync(5000);
  expect(await outcome).toBeInstanceOf(Error);
});

test('a request is sent with its query, body and type', async () => {
  server.then(ok);
  await transport().request({ method: 'PATCH', path: '/x', query: { force: 'true', a: 'b&c' }, body: { a: 1 }, contentType: 'application/apply-patch+yaml' });
  expect(server.requests[0]).toMatchObject({ method: 'PATCH', path: '/x?force=true&a=b%26c', body: '{"a":1}', stream: false, headers: { 'content-type': 'application/apply-patch+yaml' } });
});

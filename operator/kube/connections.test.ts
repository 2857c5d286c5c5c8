import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { Connections, mostRequests, NotSent, type Outgoing } from './connections.ts';
import { Credentials } from './credentials.ts';
import { Notes } from './testing/stub.ts';

let server: Server;
let config: KubeConfig;
let credentials: Credentials;
let connections: Connections;
let notes: Notes;
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  handle = (request, response) => void response.end(request.url);
  // One that ended idle connections would let others be opened, on a slow machine.
  server = createServer({ keepAliveTimeout: 0 }, (request, response) => handle(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  config = new KubeConfig();
  // client-node takes plain HTTP only from a cluster without TLS verification.
  config.loadFromClusterAndUser({ name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix/`, skipTLSVerify: true }, { name: 'u', token: 'secret' });
  notes = new Notes();
  credentials = new Credentials(() => config);
  connections = new Connections({ credentials, recorder: notes });
});

afterEach(async () => {
  await connections.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function get(path: string, more: Partial<Outgoing> = {}): Promise<string> {
  const request: Outgoing = { method: 'GET', path, headers: {}, signal: new AbortController().signal, stream: false, ...more };
  return connections.send(request).then(({ body }) => text(body));
}

test('requests go below the path of the server, with the credentials', async () => {
  handle = (request, response) => void response.end(`${request.url ?? ''} ${request.headers.authorization ?? ''} ${request.httpVersion}`);
  expect(await get('/api/v1/x?a=b')).toBe('/prefix/api/v1/x?a=b Bearer secret 1.1');
});

test('requests share a few connections', async () => {
  await Promise.all(Array.from({ length: 100 }, () => get('/x')));
  for (let n = 0; n < 20; n++) await get('/x');
  expect(notes.connections).toBeGreaterThan(0);
  expect(notes.connections).toBeLessThanOrEqual(mostRequests);
});

test('an urgent request is answered when all shared connections wait for an answer, and opens no connection the next time', async () => {
  const held: ServerResponse[] = [];
  handle = (request, response) => {
    if (request.url?.endsWith('/slow') === true) held.push(response);
    else response.end('at once');
  };
  const slow = Array.from({ length: mostRequests + 10 }, () => get('/slow'));
  for (let n = 0; n < 3; n++) {
    expect(await get('/lease', { urgent: true })).toBe('at once');
    await setImmediate();
  }
  expect(notes.connections).toBeLessThanOrEqual(mostRequests + 1);
  handle = (_request, response) => void response.end();
  for (const response of held) response.end();
  await Promise.all(slow);
});

test('a request asks again whether it may leave when its turn on a connection comes, and the connection stays', async () => {
  const held: ServerResponse[] = [];
  const seen: string[] = [];
  handle = (request, response) => {
    seen.push(request.url ?? '');
    if (request.url?.endsWith('/slow') === true) held.push(response);
    else response.end('done');
  };
  const slow = Array.from({ length: mostRequests }, () => get('/slow'));
  while (held.length < mostRequests) await setImmediate();
  let leads = true;
  const before = (): void => { if (!leads) throw new Error('no longer'); };
  const late = get('/late', { before }).catch((error: unknown) => error);
  await setImmediate();
  leads = false;
  for (const response of held) response.end();
  const error = await late;
  expect(error).toBeInstanceOf(NotSent);
  expect((error as NotSent).cause).toEqual(new Error('no longer'));
  leads = true;
  expect(await get('/next', { before })).toBe('done');
  await Promise.all(slow);
  expect(seen.filter((url) => !url.endsWith('/slow'))).toEqual(['/prefix/next']);
  expect(notes.connections).toBe(mostRequests);
});

test('a watch that has ended leaves its connection to the next one', async () => {
  for (let n = 0; n < 5; n++) {
    await get('/x', { stream: true });
    await setImmediate();
  }
  expect(notes.connections).toBe(1);
});

test('a watch goes on when other certificates come, and requests use new connections', async () => {
  const finish: (() => void)[] = [];
  handle = (request, response) => {
    response.write('begun ');
    if (request.url?.endsWith('/watch') === true) finish.push(() => void response.end('ended'));
    else response.end();
  };
  const watch = get('/watch', { stream: true });
  await get('/x');
  config.clusters = [{ ...config.clusters[0]!, tlsServerName: 'another' }];
  credentials.renew();
  await get('/x');
  expect(notes.connections).toBe(3);
  finish[0]!();
  expect(await watch).toBe('begun ended');
});

test('the credentials are not in what an interceptor of requests sees', async () => {
  const request: Outgoing = { method: 'GET', path: '/x', headers: {}, signal: new AbortController().signal, stream: false };
  await connections.send(request);
  expect(request.headers).toEqual({});
});

test('Retry-After is passed on', async () => {
  handle = (_request, response) => void response.writeHead(429, { 'retry-after': '7' }).end();
  expect(await connections.send({ method: 'GET', path: '/x', headers: {}, signal: new AbortController().signal, stream: false })).toMatchObject({ status: 429, retryAfter: '7' });
});

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { issue } from '../../test/receivers/certificate.ts';
import { message } from '../../test/receivers/messages.ts';
import { Receiver } from '../../test/receivers/receiver.ts';
import { dispatcher, type Dispatch, type DispatcherOptions } from './dispatcher.ts';
import { AllowedHost } from './hosts.ts';
import { slack } from './slack.ts';

const host = 'receiver.example.test';
const secret = 'T0/B0/secret';
const tls = issue(host);
const reached: IncomingMessage[] = [];
let answering: (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer(tls, (request, response) => {
    reached.push(request);
    answering(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
beforeEach(() => {
  reached.length = 0;
  answering = (_request, response) => response.end('ok');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const loopback = (): Promise<{ address: string; family: number }[]> => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

function post(change: Partial<DispatcherOptions> = {}, url = `https://${host}:${port}/${secret}`): Promise<Dispatch> {
  const allowedHosts = [AllowedHost.parse({ host, port, allowPrivate: true })];
  const send = dispatcher({ allowedHosts, authorities: [tls.authority], resolve: loopback, ...change });
  return send(new URL(url), { body: '{"text":"x"}', key: 'uid-1/2', signal: new AbortController().signal });
}

describe('a request', () => {
  test('is a POST of JSON with the key of its notice', async () => {
    const bodies: Promise<string>[] = [];
    answering = (request, response) => {
      bodies.push(text(request));
      request.on('end', () => response.writeHead(202, { 'retry-after': '7' }).end('said'));
    };
    expect(await post({}, `https://${host}:${port}/w?sig=a%2Fb`)).toEqual({ state: 'Answered', answer: { status: 202, retryAfter: '7', body: 'said' } });
    const [request] = reached;
    expect([request?.method, request?.url, request?.headers['content-type'], request?.headers['idempotency-key'], request?.headers.host]).toEqual([
      'POST', '/w?sig=a%2Fb', 'application/json', 'uid-1/2', `${host}:${port}`,
    ]);
    expect(await Promise.all(bodies)).toEqual(['{"text":"x"}']);
  });

  test('has a connection of its own', async () => {
    const both = [await post(), await post()];
    expect(both.map(({ state }) => state)).toEqual(['Answered', 'Answered']);
    expect(new Set(reached.map(({ socket }) => socket)).size).toBe(2);
  });

  test('is taken by a strict receiver', async () => {
    const receiver = new Receiver(tls);
    const at = await receiver.listen(0, '127.0.0.1');
    const send = dispatcher({ allowedHosts: [AllowedHost.parse({ host, port: at, allowPrivate: true })], authorities: [tls.authority], resolve: loopback });
    const body = JSON.stringify(slack.payload({ key: 'uid-1/2', message }));
    const dispatch = await send(new URL(`https://${host}:${at}/slack`), { body, key: 'uid-1/2', signal: new AbortController().signal });
    await receiver.close();
    expect([dispatch, receiver.received.map(({ key, status }) => [key, status])]).toEqual([
      { state: 'Answered', answer: { status: 200, retryAfter: undefined, body: 'ok' } }, [['uid-1/2', 200]],
    ]);
  });
});

describe('nothing is sent', () => {
  test.each<[string, (port: number) => string, Partial<AllowedHost>, string]>([
    ['to a host that is not allowed', (at) => `https://other.example.test:${at}/`, { allowPrivate: true }, 'HostNotAllowed'],
    ['to another port of a host that is', (at) => `https://${host}:${at + 1}/`, { allowPrivate: true }, 'HostNotAllowed'],
    ['without TLS', (at) => `http://${host}:${at}/`, { allowPrivate: true }, 'HostNotAllowed'],
    ['to a host with a private address', (at) => `https://${host}:${at}/`, {}, 'AddressNotAllowed'],
    ['to a private address', (at) => `https://127.0.0.1:${at}/`, { host: '127.0.0.1' }, 'AddressNotAllowed'],
    ['to one that is written as a number', (at) => `https://2130706433:${at}/`, { host: '127.0.0.1' }, 'AddressNotAllowed'],
    ['to one in brackets', (at) => `https://[::ffff:127.0.0.1]:${at}/`, { host: '[::ffff:7f00:1]' }, 'AddressNotAllowed'],
  ])('%s', async (_name, url, entry, reason) => {
    const dispatch = await post({ allowedHosts: [AllowedHost.parse({ host, port, ...entry })] }, url(port));
    expect([dispatch, reached]).toEqual([expect.objectContaining({ state: 'Failed', reason }), []]);
  });

  test('to a private address because another host may have one', async () => {
    const allowedHosts = [{ host: '*.example.test', port }, { host: 'mine.example.test', port, allowPrivate: true }].map((entry) => AllowedHost.parse(entry));
    expect([await post({ allowedHosts }), reached]).toEqual([expect.objectContaining({ reason: 'AddressNotAllowed' }), []]);
  });

  test('to a certificate of an unknown authority', async () => {
    expect([await post({ authorities: [] }), reached]).toEqual([{
      state: 'Failed', reason: 'Unreachable',
      message: 'the certificate of the receiver is not accepted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): the chart value notify.caBundle takes further authorities',
    }, []]);
  });

  test('to a certificate of another host', async () => {
    const dispatch = await post({ allowedHosts: [AllowedHost.parse({ host: 'other.example.test', port, allowPrivate: true })] }, `https://other.example.test:${port}/`);
    expect([dispatch, reached]).toEqual([expect.objectContaining({ reason: 'Unreachable', message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') }), []]);
  });
});

describe('an answer', () => {
  test('that is a redirect is not followed', async () => {
    answering = (_request, response) => response.writeHead(307, { location: `https://${host}:${port}/elsewhere` }).end();
    expect([await post(), reached.length]).toEqual([{ state: 'Answered', answer: { status: 307, retryAfter: undefined, body: '' } }, 1]);
  });

  test('that never ends is read to its limit', async () => {
    answering = (_request, response) => {
      const more = (): void => {
        if (response.write('x'.repeat(16_384))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    };
    expect(await post()).toEqual({ state: 'Answered', answer: { status: 200, retryAfter: undefined, body: 'x'.repeat(65_536) } });
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['that does not come', () => undefined],
    ['that stops in the middle', (response) => void response.write('o')],
  ])('%s ends with the deadline', async (_name, begin) => {
    answering = (_request, response) => begin(response);
    expect(await post({ deadlineMs: 300 })).toEqual({ state: 'Failed', reason: 'Unreachable', message: 'the receiver did not answer in time' });
  });

  test('that is a broken connection names neither host nor path', async () => {
    answering = (request) => request.socket.destroy();
    const dispatch = await post();
    expect(dispatch).toMatchObject({ state: 'Failed', reason: 'Unreachable' });
    expect(JSON.stringify(dispatch)).not.toMatch(/receiver\.example|secret/);
  });

  test('of a name that nobody knows names neither', async () => {
    const resolve = (hostname: string): Promise<never> => Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }));
    expect(await post({ resolve })).toEqual({ state: 'Failed', reason: 'Unreachable', message: 'the receiver cannot be reached (ENOTFOUND)' });
  });
});

test('a request that is given up ends at once', async () => {
  answering = () => undefined;
  const giveUp = new AbortController();
  const send = dispatcher({ allowedHosts: [AllowedHost.parse({ host, port, allowPrivate: true })], authorities: [tls.authority], resolve: loopback });
  const sent = send(new URL(`https://${host}:${port}/`), { body: '{}', key: 'k', signal: giveUp.signal });
  giveUp.abort();
  expect(await sent).toMatchObject({ state: 'Failed', reason: 'Unreachable' });
});

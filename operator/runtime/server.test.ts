import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { serve } from './server.ts';

let server: Server;
let health: { live: boolean; ready: boolean };
let registry: Registry;

beforeEach(async () => {
  health = { live: true, ready: true };
  registry = new Registry();
  server = await serve({ host: '127.0.0.1', port: 0 }, registry, { live: () => health.live, ready: () => health.ready });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function ask(path: string, method = 'GET'): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });
}

describe('health', () => {
  test.each([
    ['/healthz', { live: true, ready: false }, 200],
    ['/healthz', { live: false, ready: true }, 503],
    ['/readyz', { live: true, ready: true }, 200],
    ['/readyz', { live: true, ready: false }, 503],
  ])('%s with %j is %d', async (path, state, status) => {
    health = state;
    expect((await ask(path)).status).toBe(status);
  });
});

test('metrics are served in the format they say', async () => {
  new Gauge({ name: 'answer', help: 'The answer.', registers: [registry] }).set(42);
  const response = await ask('/metrics');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await response.text()).toContain('answer 42');
});

test('metrics that cannot be read say so, and the next ones are served', async () => {
  let broken = true;
  new Gauge({
    name: 'broken', help: 'Broken.', registers: [registry],
    collect() {
      if (broken) throw new Error('secret detail');
    },
  });
  const response = await ask('/metrics');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
  broken = false;
  expect((await ask('/metrics')).status).toBe(200);
});

test.each([['/', 'GET', 404], ['/debug', 'GET', 404], ['/metrics', 'POST', 405], ['/healthz', 'DELETE', 405]])('%s by %s is %d', async (path, method, status) => {
  expect((await ask(path, method)).status).toBe(status);
});

test('a port that is taken is an error', async () => {
  const { port } = server.address() as AddressInfo;
  await expect(serve({ host: '127.0.0.1', port }, registry, { live: () => true, ready: () => true })).rejects.toThrow('EADDRINUSE');
});

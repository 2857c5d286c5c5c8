import { afterEach, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { signatureHeader, timeHeader } from '../dataplane/signature.ts';
import { Summary } from '../dataplane/routing.ts';
import { cleanUp, config, send, startBed, target, type Bed } from './testbed.ts';

afterEach(cleanUp);

const put = { method: 'PUT', path: '/config' } as const;
const pushed = (change = {}): string => JSON.stringify(config([target('v1', 100)], { revision: 'new', ...change }));

async function revisionOf(bed: Bed): Promise<string> {
  return (await bed.summary()).revision;
}

describe('PUT /config', () => {
  test('applies what the operator signed and answers with its revision', async () => {
    const bed = await startBed(config([]));
    const reply = await bed.signAndSend({ ...put, body: pushed() });
    expect([reply.status, JSON.parse(reply.body.toString())]).toEqual([200, { revision: 'new' }]);
    expect(await revisionOf(bed)).toBe('new');
    expect(await bed.metrics()).toContain('modelkeeper_router_config_info{revision="new",namespace="ns",deployment="churn"} 1');
  });

  test('refuses a signature by another key, of another body, and none at all', async () => {
    const bed = await startBed(config([]));
    const { privateKey } = generateKeyPairSync('ed25519');
    expect((await bed.signAndSend({ ...put, body: pushed(), key: privateKey })).status).toBe(401);
    const unsigned = await send(bed.ports.admin, { ...put, body: pushed() });
    expect([unsigned.status, unsigned.headers['x-model-version']]).toEqual([401, undefined]);
    const headers = { [timeHeader]: String(bed.clock.ms), [signatureHeader]: 'AAAA' };
    expect((await send(bed.ports.admin, { ...put, body: pushed(), headers })).status).toBe(401);
    expect(await revisionOf(bed)).toBe('r');
  });

  test('refuses a time far from its own, and a replay within the epoch', async () => {
    const bed = await startBed(config([]));
    expect((await bed.signAndSend({ ...put, body: pushed(), timeMs: bed.clock.ms - 60_001 })).status).toBe(401);
    expect((await bed.signAndSend({ ...put, body: pushed(), timeMs: bed.clock.ms + 60_001 })).status).toBe(401);
    const timeMs = bed.clock.ms;
    expect((await bed.signAndSend({ ...put, body: pushed(), timeMs })).status).toBe(200);
    expect((await bed.signAndSend({ ...put, body: pushed(), timeMs })).status).toBe(401);
    expect((await bed.signAndSend({ ...put, body: pushed({ revision: 'older' }), timeMs: timeMs - 1 })).status).toBe(401);
    expect((await bed.signAndSend({ ...put, body: pushed({ epoch: 2, revision: 'leader' }), timeMs: timeMs - 1 })).status).toBe(200);
    expect(await revisionOf(bed)).toBe('leader');
  });

  test('refuses a lower epoch, also one below the cold-start copy', async () => {
    const bed = await startBed(config([], { epoch: 5 }));
    expect((await bed.signAndSend({ ...put, body: pushed({ epoch: 4 }) })).status).toBe(409);
    expect((await bed.signAndSend({ ...put, body: pushed({ epoch: 7 }) })).status).toBe(200);
    expect((await bed.signAndSend({ ...put, body: pushed({ epoch: 6, revision: 'late' }) })).status).toBe(409);
    expect(await revisionOf(bed)).toBe('new');
  });

  test.each([
    ['no JSON', '{'],
    ['weights that do not add up', JSON.stringify(config([target('v1', 99)]))],
    ['an unknown field', JSON.stringify({ ...config([]), mirror: true })],
    ['a version that no header can carry', JSON.stringify(config([target('v1\r\nx: y', 100)]))],
    ['a version twice', JSON.stringify(config([target('v1', 50), target('v1', 50)]))],
    ['an endpoint that is none', JSON.stringify(config([target('v1', 100, '10.0.0.1:99999')]))],
    ['another ModelDeployment', JSON.stringify(config([], { deployment: 'other' }))],
  ])('refuses %s with 422 and a short message', async (_, body) => {
    const bed = await startBed(config([]));
    const reply = await bed.signAndSend({ ...put, body });
    expect(reply.status).toBe(422);
    const { error } = JSON.parse(reply.body.toString()) as { error: string };
    expect(error.length).toBeLessThan(200);
    expect(error).not.toBe('');
  });

  test('refuses more than 8 MiB', async () => {
    const bed = await startBed(config([]));
    expect((await bed.signAndSend({ ...put, body: ' '.repeat(8 * 1024 * 1024 + 1) })).status).toBe(413);
  });
});

test('GET /summary is the contract\'s Summary, and only for the operator', async () => {
  const bed = await startBed(config([target('v1', 100)]));
  expect((await send(bed.ports.admin, { method: 'GET', path: '/summary' })).status).toBe(401);
  expect(Summary.parse(await bed.summary())).toEqual({ podUid: 'pod-1', revision: 'r', window: 'w', counts: [] });
});

test.each(['/', '/metrics', '/healthz', '/config'])('GET %s on the admin port tells nothing without a signature', async (path) => {
  const bed = await startBed(config([]));
  expect((await send(bed.ports.admin, { method: 'GET', path })).status).toBe(401);
  expect((await bed.signAndSend({ method: 'GET', path })).status).toBe(404);
});

test('the metrics port answers probes and nothing else', async () => {
  const bed = await startBed(config([]));
  const status = async (method: string, path: string): Promise<number> => (await send(bed.ports.metrics, { method, path })).status;
  expect(await status('GET', '/healthz')).toBe(200);
  await bed.push(config([]));
  expect(await status('GET', '/readyz')).toBe(200);
  expect(await status('POST', '/metrics')).toBe(404);
  expect(await status('GET', '/summary')).toBe(404);
});

import { afterEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { answering, cleanUp, closed, config, deadAddress, predictions, send, startBed, startModel, startServing, target, type Bed } from './testbed.ts';

afterEach(cleanUp);

/** The counters of a version, once `n` of its requests have ended: a client may have its answer a moment earlier. */
async function counted(bed: Bed, version: string, n: number): Promise<{ requests: number; errors: number } | undefined> {
  for (;;) {
    const counts = (await bed.summary()).counts.find((one) => one.version === version);
    if ((counts?.requests ?? 0) >= n) return counts;
  }
}

describe('bytes', () => {
  test('pass unchanged both ways: random, compressed, chunked or with a length', async () => {
    const model = await startModel((req, res) => {
      res.writeHead(200, { 'content-type': req.headers['content-type'], 'content-encoding': req.headers['content-encoding'] ?? 'identity' });
      req.pipe(res);
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const agent = new Agent({ keepAlive: true });
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 3_000_000 }), fc.boolean(), fc.boolean(), async (size, zip, chunked) => {
      const plain = randomBytes(size);
      const body = zip ? gzipSync(plain) : plain;
      const headers = { 'content-type': 'application/octet-stream', ...(zip ? { 'content-encoding': 'gzip' } : {}), ...(chunked ? { 'transfer-encoding': 'chunked' } : {}) };
      const reply = await send(bed.ports.inference, { body, headers, agent });
      expect(reply.status).toBe(200);
      expect(reply.headers['content-encoding']).toBe(zip ? 'gzip' : 'identity');
      expect(reply.body.equals(body)).toBe(true);
    }), { numRuns: 15 });
    agent.destroy();
  });

  test('of a held response pass unchanged, though they are no tidy JSON', async () => {
    const text = '{ "outputs" : [ {"shape":[2], "datatype":"FP64",\n"data":[1.0,0.0]} ] }\n';
    const model = await startModel((_, res) => res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': text.length }).end(text));
    const bed = await startServing([target('v1', 100, model.address)]);
    const reply = await send(bed.ports.inference);
    expect(reply.body.toString()).toBe(text);
    expect(reply.headers['x-inference-id']).toMatch(/^v1\.[0-9a-z]+\.1~0\./);
  });

  test('stream through one by one as the model sends them', async () => {
    let finish: (() => void) | undefined;
    const model = await startModel((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      finish = () => res.end('data: 2\n\n');
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const req = request({ port: bed.ports.inference, host: '127.0.0.1', agent: false }).end();
    const [res] = await once(req, 'response') as [IncomingMessage];
    expect(String((await once(res, 'data'))[0])).toBe('data: 1\n\n');
    finish?.();
    expect(String((await once(res, 'data'))[0])).toBe('data: 2\n\n');
  });
});

describe('routing', () => {
  test('follows the weights exactly in each block of 100', async () => {
    const [a, b] = [await startModel(answering({})), await startModel(answering({}))];
    const bed = await startServing([target('a', 90, a.address), target('b', 10, b.address)]);
    for (let i = 0; i < 200; i += 1) await send(bed.ports.inference);
    expect([a.count(), b.count()]).toEqual([180, 20]);
  });

  test('keeps the counts exact while endpoints come and go', async () => {
    const [a, b, more] = [await startModel(answering({})), await startModel(answering({})), await startModel(answering({}))];
    const bed = await startServing([target('a', 50, a.address), target('b', 50, b.address)]);
    for (let i = 0; i < 100; i += 1) {
      if (i % 7 === 0) await bed.push(config([target('a', 50, a.address, ...(i % 2 === 0 ? [more.address] : [])), target('b', 50, b.address)]));
      await send(bed.ports.inference);
    }
    expect(b.count()).toBe(50);
  });

  test('names the version and the inference, forwards the address, and passes method and path on', async () => {
    const model = await startModel((req, res) => res.writeHead(207, { 'x-model-version': 'forged' }).end(JSON.stringify([req.method, req.url, req.headers['x-forwarded-for']])));
    const bed = await startServing([target('v1', 100, model.address)]);
    const reply = await send(bed.ports.inference, { method: 'PATCH', path: '/a/../b?c=%20', headers: { 'x-forwarded-for': '1.2.3.4' } });
    expect(reply.status).toBe(207);
    expect(reply.headers['x-model-version']).toBe('v1');
    expect(reply.headers['x-inference-id']).toMatch(/^v1\./);
    expect(JSON.parse(reply.body.toString())).toEqual(['PATCH', '/a/../b?c=%20', '1.2.3.4, 127.0.0.1']);
  });

  test('serves the turn of a version without endpoints from another one', async () => {
    const model = await startModel(answering({}));
    const bed = await startServing([target('old', 50, model.address), target('new', 50)]);
    const replies = await Promise.all(Array.from({ length: 100 }, () => send(bed.ports.inference)));
    expect(replies.every(({ status, headers }) => status === 200 && headers['x-model-version'] === 'old')).toBe(true);
    expect(await bed.metrics()).toMatch(/modelkeeper_router_fallback_total\{version="old",.*\} 50/);
  });

  test('never sends to a version of weight 0', async () => {
    const model = await startModel(answering({}));
    const bed = await startServing([target('idle', 0, model.address), target('gone', 100)]);
    expect((await send(bed.ports.inference)).status).toBe(503);
    expect(model.count()).toBe(0);
  });

  test('answers 503 with Retry-After when there is no endpoint at all', async () => {
    const bed = await startServing([target('v1', 100)]);
    const reply = await send(bed.ports.inference);
    expect([reply.status, reply.headers['retry-after'], reply.body.toString()]).toEqual([503, '1', '{"error":"no ready endpoint"}']);
    expect(await counted(bed, 'v1', 1)).toMatchObject({ requests: 1, errors: 1 });
  });

  test('fails no request while weights and endpoints change 100 times', async () => {
    const models = await Promise.all([1, 2, 3].map(() => startModel(answering(predictions([1])))));
    const [a = '', b = '', c = ''] = models.map(({ address }) => address);
    const bed = await startServing([target('a', 100, a, b)]);
    const agent = new Agent({ keepAlive: true });
    let changing = true;
    const statuses: number[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (changing) statuses.push((await send(bed.ports.inference, { body: '{}', agent })).status);
    });
    for (let i = 1; i <= 100; i += 1) {
      const pushed = await bed.push(config([target('a', 100 - i, ...(i % 2 === 0 ? [a] : [b])), target('c', i, c)], { revision: `r${i}`, window: `w${i % 3}` }));
      expect(JSON.parse(pushed.body.toString())).toEqual({ revision: `r${i}` });
    }
    changing = false;
    await Promise.all(clients);
    agent.destroy();
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('lets a request on a removed endpoint end', async () => {
    let finish: (() => void) | undefined;
    const arrived = Promise.withResolvers<undefined>();
    const model = await startModel((_, res) => {
      finish = () => res.end('late');
      arrived.resolve(undefined);
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const reply = send(bed.ports.inference);
    await arrived.promise;
    await bed.push(config([target('v1', 100)]));
    finish?.();
    expect((await reply).body.toString()).toBe('late');
  });
});

describe('a failed connection', () => {
  const cut = (socket: Socket): void => { socket.resetAndDestroy(); };

  test('is made good on another endpoint of the same version', async () => {
    const [live, other] = [await startModel(answering({})), await startModel(answering({}))];
    const bed = await startServing([target('a', 50, await deadAddress(), live.address), target('b', 50, other.address)]);
    for (let i = 0; i < 100; i += 1) expect((await send(bed.ports.inference, { body: 'x' })).status).toBe(200);
    expect([live.count(), other.count()]).toEqual([50, 50]);
  });

  test('is not made good on another version', async () => {
    const other = await startModel(answering({}));
    const bed = await startServing([target('dead', 50, await deadAddress()), target('b', 50, other.address)]);
    const replies = [];
    for (let i = 0; i < 100; i += 1) replies.push(await send(bed.ports.inference));
    expect(replies.filter(({ status }) => status === 502).length).toBe(50);
    expect(replies.every(({ status, headers }) => headers['x-model-version'] === (status === 502 ? 'dead' : 'b'))).toBe(true);
    expect(other.count()).toBe(50);
    expect(await counted(bed, 'dead', 50)).toMatchObject({ requests: 50, errors: 50 });
  });

  test('is tried exactly once more, on the same endpoint when it is the only one', async () => {
    const model = await startModel((req) => { cut(req.socket); });
    const bed = await startServing([target('v1', 100, model.address)]);
    expect((await send(bed.ports.inference, { body: 'x' })).status).toBe(502);
    expect(model.count()).toBe(2);
    expect(await bed.metrics()).toMatch(/modelkeeper_router_retries_total\{version="v1",.*\} 1/);
  });

  test('sends the same body again', async () => {
    let first = true;
    const model = await startModel((req, res) => {
      if (first) req.once('data', () => cut(req.socket));
      else req.pipe(res);
      first = false;
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const body = randomBytes(1_000_000);
    expect((await send(bed.ports.inference, { body })).body.equals(body)).toBe(true);
    expect(model.count()).toBe(2);
  });

  test('is not made good for a body above 1 MiB, which is not kept', async () => {
    const model = await startModel((req) => { cut(req.socket); });
    const bed = await startServing([target('v1', 100, model.address)]);
    expect((await send(bed.ports.inference, { body: randomBytes(1_100_000) })).status).toBe(502);
    expect(model.count()).toBe(1);
  });

  test.each([
    ['within the status line', 'HTTP/1.1 20'],
    ['within the headers', 'HTTP/1.1 200 OK\r\ncontent-type: a'],
    ['within a body that is held', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'],
  ])('after the first byte of the response, %s, is answered with 502 and not tried again', async (_, bytes) => {
    const model = await startModel((req) => req.socket.write(bytes, () => cut(req.socket)));
    const bed = await startServing([target('v1', 100, model.address)]);
    expect((await send(bed.ports.inference)).status).toBe(502);
    expect(model.count()).toBe(1);
  });

  test('in the middle of a response reaches the client as a failure and counts as an error', async () => {
    const model = await startModel((req, res) => res.writeHead(200, { 'content-length': 100 }).write('part', () => cut(req.socket)));
    const bed = await startServing([target('v1', 100, model.address)]);
    await expect(send(bed.ports.inference)).rejects.toThrow();
    expect(await counted(bed, 'v1', 1)).toMatchObject({ requests: 1, errors: 1 });
    expect(model.count()).toBe(1);
  });

  test('of a killed endpoint fails no request while another lives', async () => {
    const [dying, living] = [await startModel(answering(predictions([1]))), await startModel(answering(predictions([1])))];
    const bed = await startServing([target('v1', 100, dying.address, living.address)]);
    const statuses: number[] = [];
    const client = async (): Promise<void> => {
      for (let i = 0; i < 80; i += 1) {
        if (statuses.length === 200) void dying.kill();
        statuses.push((await send(bed.ports.inference, { body: '{}' })).status);
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(dying.count()).toBeGreaterThan(50);
  });
});

describe('limits', () => {
  test('a model that does not answer in time is answered for with 504, and its request is given up', async () => {
    const gone = Promise.withResolvers<undefined>();
    const model = await startModel((req) => { req.socket.once('close', () => gone.resolve(undefined)); });
    const bed = await startServing([target('v1', 100, model.address)], { headersMs: 30 });
    expect((await send(bed.ports.inference)).status).toBe(504);
    await gone.promise;
    expect(model.count()).toBe(1);
  });

  test.each([
    ['that is announced', {}],
    ['that is not', { 'transfer-encoding': 'chunked' }],
  ])('a body that is too large gets 413, by a length %s', async (_, headers) => {
    const model = await startModel((req, res) => req.resume().on('end', () => res.end()));
    const bed = await startServing([target('v1', 100, model.address)], { bodyBytes: 2_000_000 });
    expect((await send(bed.ports.inference, { body: Buffer.alloc(2_000_001), headers })).status).toBe(413);
    expect((await send(bed.ports.inference, { body: Buffer.alloc(2_000_000), headers })).status).toBe(200);
  });

  test('a slow reader holds the model back instead of filling memory', async () => {
    let written = 0;
    const total = 64 * 1024 * 1024;
    const model = await startModel((_, res) => {
      const piece = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (written < total) {
          written += piece.length;
          if (!res.write(piece)) break;
        }
        if (written >= total) res.end();
      };
      res.on('drain', more);
      setImmediate(more);
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const req = request({ port: bed.ports.inference, host: '127.0.0.1', agent: false }).end();
    const [res] = await once(req, 'response') as [IncomingMessage];
    // Whatever is going to flow without a reader has flowed when many other requests on the same router got answers.
    for (let i = 0; i < 300; i += 1) await bed.metrics();
    expect(written).toBeLessThan(total / 2);
    let read = 0;
    for await (const chunk of res) read += (chunk as Buffer).length;
    expect(read).toBe(total);
  });

  test('a client that goes away takes its request at the model with it and counts as 499', async () => {
    const gone = Promise.withResolvers<undefined>();
    const model = await startModel((req) => {
      client.destroy();
      req.socket.once('close', () => gone.resolve(undefined));
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const client = request({ port: bed.ports.inference, host: '127.0.0.1', agent: false }).on('error', () => undefined);
    client.end();
    await gone.promise;
    expect(await counted(bed, 'v1', 1)).toMatchObject({ requests: 1, errors: 0 });
    expect(await bed.metrics()).toMatch(/modelkeeper_router_requests_total\{version="v1",code="499",.*\} 1/);
  });

  test('a client that goes away in the middle of a streamed body takes its request at the model with it', async () => {
    const gone = Promise.withResolvers<undefined>();
    const model = await startModel((req) => {
      req.once('data', () => client.destroy()).on('error', () => undefined).once('close', () => gone.resolve(undefined));
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    const client = request({ port: bed.ports.inference, host: '127.0.0.1', method: 'POST', agent: false, headers: { 'content-length': 5_000_000 } }).on('error', () => undefined);
    client.write(Buffer.alloc(1_500_000));
    await gone.promise;
    expect(await counted(bed, 'v1', 1)).toMatchObject({ errors: 0 });
  });

  test.each([
    ['a malformed request', 'GET / HTTP/9.9\r\n\r\n', '400'],
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '431'],
    ['a path that cannot be passed on', 'GET foo HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', '400'],
    ['length and chunks at once', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', '400'],
  ])('%s is refused and the router goes on', async (_, bytes, status) => {
    const model = await startModel(answering({}));
    const bed = await startServing([target('v1', 100, model.address)]);
    const socket = connect(bed.ports.inference, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
    socket.write(bytes);
    await closed(socket);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect((await send(bed.ports.inference)).status).toBe(200);
  });
});

describe('counting', () => {
  test('starts at zero in a new window and leaves out what was routed before', async () => {
    let finish: (() => void) | undefined;
    const arrived = Promise.withResolvers<undefined>();
    const model = await startModel((req, res) => {
      if (req.url !== '/slow') {
        res.end();
        return;
      }
      finish = () => res.end();
      arrived.resolve(undefined);
    });
    const bed = await startServing([target('v1', 100, model.address)]);
    await send(bed.ports.inference);
    const slow = send(bed.ports.inference, { path: '/slow' });
    await arrived.promise;
    expect(await counted(bed, 'v1', 1)).toMatchObject({ requests: 1 });
    await bed.push(config([target('v1', 100, model.address)], { window: 'next' }));
    finish?.();
    await slow;
    await send(bed.ports.inference);
    expect(await counted(bed, 'v1', 1)).toMatchObject({ requests: 1 });
    expect(await bed.metrics()).toMatch(/modelkeeper_router_requests_total\{version="v1",code="200",.*\} 3/);
  });
});

test('a cold router resolves the Services of its file until the first push', async () => {
  const [model, pushed] = [await startModel(answering({})), await startModel(answering({}))];
  const bed = await startBed(config([{ version: 'v1', weight: 100, endpoints: [], service: model.address }]), { resolveMs: 1 });
  while ((await send(bed.ports.metrics, { method: 'GET', path: '/readyz' })).status !== 200);
  expect((await send(bed.ports.inference)).status).toBe(200);
  expect(model.count()).toBe(1);
  await bed.push(config([target('v1', 100, pushed.address)]));
  for (let i = 0; i < 20; i += 1) await send(bed.ports.inference);
  expect([model.count(), pushed.count()]).toEqual([1, 20]);
});

import { afterEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { feedbackPath, Summary, type Pane, type Panes, type RouterConfig, type Target } from '../../../operator/dataplane/routing.ts';
import type { Bins } from '../../../operator/profile/format.ts';
import type { Limits } from '../../../operator/router/settings.ts';
import { decodeId, encodeId, nonces, shareOf } from '../../../operator/router/inference-id.ts';
import { answering, cleanUp, config, predictions, send, startBed, startModel, target, type Bed, type Model } from '../../../operator/router/testbed.ts';

afterEach(cleanUp);

const digest = `sha256:${'a'.repeat(64)}`;
const otherDigest = `sha256:${'b'.repeat(64)}`;
const features: Bins[] = [
  { type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [0] },
  { type: 'Categorical', name: 'country', categories: ['DE', 'FR'] },
];

function capturing(targets: Target[], change: Partial<NonNullable<RouterConfig['capture']>> = {}): RouterConfig {
  const baselines = targets.map(({ version }) => ({ version, digest, features }));
  return config(targets, { capture: { paneMs: 300_000, sampleRate: 1, baselines, ...change } });
}

async function startCapturing(model: Model, change: Partial<NonNullable<RouterConfig['capture']>> = {}, limits: Partial<Limits> = {}): Promise<Bed> {
  const bed = await startBed(config([]), limits);
  await bed.push(capturing([target('v1', 100, model.address)], change));
  return bed;
}

const rows = (...data: (readonly [unknown, unknown])[]): string =>
  JSON.stringify({ inputs: [
    { name: 'amount', shape: [data.length], datatype: 'FP64', data: data.map(([amount]) => amount) },
    { name: 'country', shape: [data.length, 1], datatype: 'BYTES', data: data.map(([, country]) => [country]) },
  ] });

async function pull(bed: Bed, since = 0, instance = ''): Promise<Panes> {
  const reply = await bed.signAndSend({ method: 'GET', path: `/summary?since=${since}&instance=${instance}` });
  return Summary.parse(JSON.parse(reply.body.toString())).panes!;
}

/** The panes, once as many requests as this have been counted or were not. */
async function settled(bed: Bed, requests: number): Promise<readonly Pane[]> {
  for (;;) {
    const { list } = await pull(bed);
    if (list.reduce((sum, { rows, dropped, unreadable }) => sum + rows + dropped + unreadable, 0) >= requests) return list;
  }
}

const paneOf = (bed: Bed): number => Math.floor(bed.clock.ms / 300_000) * 300_000;

test('requests are counted in the cells of the profile of the version that answered them', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  await send(bed.ports.inference, { body: rows([5, 'DE'], [null, 'IT']) });
  await send(bed.ports.inference, { body: rows([0, null], ['11', 'FR']) });
  expect(await settled(bed, 4)).toEqual([{
    version: 'v1', start: paneOf(bed), paneMs: 300_000, baseline: digest, rows: 4,
    features: [{ missing: 1, counts: [0, 1, 1, 1] }, { missing: 1, counts: [1, 1, 1] }],
    outcomes: { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, wrong: 0 }, dropped: 0, unreadable: 0,
  }]);
});

test('nothing leaves the router but counts', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  await send(bed.ports.inference, { body: rows([1234.5678, 'Liechtenstein']) });
  const told = JSON.stringify(await settled(bed, 1)) + await bed.metrics();
  expect(told).not.toContain('1234');
  expect(told).not.toContain('Liechtenstein');
});

describe('what is no data is not counted:', () => {
  test.each([
    ['a request that failed', { path: '/v2/models/m/infer', status: 500 }, {}],
    ['one that is no inference', { path: '/v2/models/m/ready', status: 200 }, {}],
    ['one of a share that is not sampled', { path: '/v2/models/m/infer', status: 200 }, { sampleRate: 0 }],
    ['one of a version without a profile', { path: '/v2/models/m/infer', status: 200 }, { baselines: [] }],
    ['one of a version whose profile has no features', { path: '/v2/models/m/infer', status: 200 }, { baselines: [{ version: 'v1', digest: otherDigest, features: [] }] }],
  ])('%s', async (_, { path, status }, change) => {
    const model = await startModel((req, res) => req.resume().on('end', () => res.writeHead(status).end()));
    const bed = await startCapturing(model, change);
    await send(bed.ports.inference, { path, body: rows([1, 'DE']) });
    const counted = await startModel(answering({}));
    await bed.push(capturing([target('v1', 100, counted.address)]));
    await send(bed.ports.inference, { path: '/v2/models/m/versions/1/infer?x=1', body: rows([1, 'DE']) });
    expect(await settled(bed, 1)).toMatchObject([{ rows: 1, dropped: 0, unreadable: 0 }]);
  });
});

test.each([
  ['no JSON', 'unreadable', { body: 'NaN' }, { unreadable: 1, dropped: 0 }],
  ['compressed', 'not_json', { body: gzipSync(rows([1, 'DE'])), headers: { 'content-encoding': 'gzip' } }, { unreadable: 1, dropped: 0 }],
  ['of binary tensors', 'not_json', { body: rows([1, 'DE']), headers: { 'inference-header-content-length': '10' } }, { unreadable: 1, dropped: 0 }],
  ['without a body', 'not_json', {}, { unreadable: 1, dropped: 0 }],
  ['of more than 1 MiB', 'not_kept', { body: ' '.repeat(1024 * 1024 + 1) }, { unreadable: 0, dropped: 1 }],
])('a request %s is passed on and counted as not counted', async (_, reason, sent, expected) => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  expect((await send(bed.ports.inference, sent)).status).toBe(200);
  expect(await settled(bed, 1)).toMatchObject([{ rows: 0, ...expected }]);
  expect(await bed.metrics()).toContain(`modelkeeper_router_capture_dropped_total{version="v1",reason="${reason}",`);
});

test('the id of a request decides whether it is sampled, and about as many are as the rate says', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model, { sampleRate: 0.5 });
  const agent = new Agent({ keepAlive: true });
  let sampled = 0;
  for (let i = 0; i < 200; i += 1) {
    const { headers } = await send(bed.ports.inference, { body: rows([1, 'DE']), agent });
    sampled += shareOf(decodeId(String(headers['x-inference-id']))?.nonce ?? '') < 0.5 ? 1 : 0;
  }
  agent.destroy();
  expect(await settled(bed, sampled)).toMatchObject([{ rows: sampled }]);
  // Chance leaves this range in less than one run of ten million.
  expect(Math.abs(sampled - 100)).toBeLessThan(40);
});

test('another profile, another version and another time get panes of their own, and those before stay', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  const first = paneOf(bed);
  await send(bed.ports.inference, { body: rows([1, 'DE']) });
  await settled(bed, 1);
  await bed.push(capturing([target('v1', 100, model.address)], { baselines: [{ version: 'v1', digest: otherDigest, features: features.slice(0, 1) }] }));
  await send(bed.ports.inference, { body: rows([1, 'DE']) });
  await settled(bed, 2);
  bed.clock.ms += 300_000;
  await bed.push(capturing([target('v2', 100, model.address)]));
  await send(bed.ports.inference, { body: rows([1, 'DE']) });
  const panes = await settled(bed, 3);
  expect(panes.map(({ version, baseline, start, rows, features: { length } }) => ({ version, baseline, start, rows, length }))).toEqual([
    { version: 'v1', baseline: digest, start: first, rows: 1, length: 2 },
    { version: 'v1', baseline: otherDigest, start: first, rows: 1, length: 1 },
    { version: 'v2', baseline: digest, start: first + 300_000, rows: 1, length: 2 },
  ]);
});

describe('bytes', () => {
  const echo = (): Promise<Model> => startModel((req, res) => {
    res.writeHead(200, { 'content-type': req.headers['content-type'] ?? 'application/json' });
    req.pipe(res);
  });
  const spaced = `\ufeff {"inputs" :\n[ {"name":"amount","shape":[1],\t"data":[1.0e0]} ] ,"é":"\u{1F600}"}\n`;

  test.each([
    ['JSON with odd white space', Buffer.from(spaced), {}],
    ['chunks', Buffer.from(spaced), { 'transfer-encoding': 'chunked' }],
    ['binary tensors', randomBytes(5_000), { 'content-type': 'application/octet-stream', 'inference-header-content-length': '100' }],
    ['gzip', gzipSync(spaced), { 'content-encoding': 'gzip' }],
    ['10 MiB', randomBytes(10 * 1024 * 1024), {}],
    ['10 MiB in chunks', randomBytes(10 * 1024 * 1024), { 'transfer-encoding': 'chunked' }],
  ])('of %s are the same with capture and without it', async (_, body, headers) => {
    const model = await echo();
    const bed = await startCapturing(model);
    const on = await send(bed.ports.inference, { body, headers });
    await bed.push(config([target('v1', 100, model.address)]));
    const off = await send(bed.ports.inference, { body, headers });
    expect([on.status, off.status]).toEqual([200, 200]);
    expect(on.body.equals(body) && off.body.equals(body)).toBe(true);
  });

  test('reach a slow reader, and its request is counted when it has read all of them', async () => {
    const total = 32 * 1024 * 1024;
    const model = await startModel((req, res) => req.resume().on('end', () => res.end(Buffer.alloc(total))));
    const bed = await startCapturing(model);
    const req = request({ port: bed.ports.inference, host: '127.0.0.1', agent: false, method: 'POST', path: '/v2/models/m/infer' }).end(rows([1, 'DE']));
    const [res] = await once(req, 'response') as [IncomingMessage];
    for (let i = 0; i < 100; i += 1) await bed.metrics();
    expect((await pull(bed)).list).toEqual([]);
    let read = 0;
    for await (const chunk of res) read += (chunk as Buffer).length;
    expect(read).toBe(total);
    expect(await settled(bed, 1)).toMatchObject([{ rows: 1 }]);
  });
});

test('a thread that is killed again and again harms no request, and every request is accounted for', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  const statuses: number[] = [];
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true });
    for (let i = 0; i < 100; i += 1) {
      statuses.push((await send(bed.ports.inference, { body: rows([1, 'DE']), agent })).status);
      if (i % 20 === 0) await bed.threads.at(-1)?.terminate();
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 8 }, client));
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  const panes = await settled(bed, 800);
  expect(panes.reduce((sum, { rows, dropped }) => sum + rows + dropped, 0)).toBe(800);
  expect(bed.threads.length).toBeGreaterThan(1);
  expect(bed.threads.length).toBeLessThan(10);
  await send(bed.ports.inference, { body: rows([1, 'DE']) });
  expect((await settled(bed, 801)).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(0);
});

describe('labels', () => {
  async function predict(bed: Bed): Promise<string> {
    return String((await send(bed.ports.inference, { body: rows([1, 'DE']) })).headers['x-inference-id']);
  }
  const give = (bed: Bed, id: string, label: number): Promise<unknown> => send(bed.ports.inference, { path: feedbackPath, body: JSON.stringify({ id, label }) });

  test('count in the pane of the prediction, on a router that was started later', async () => {
    const model = await startModel(answering(predictions([1])));
    const first = await startCapturing(model);
    const start = paneOf(first);
    const id = await predict(first);
    const second = await startCapturing(model);
    second.clock.ms += 3_600_000;
    await give(second, id, 0);
    await give(second, id, 0);
    expect((await pull(second)).list).toMatchObject([{ version: 'v1', baseline: digest, start, rows: 0, outcomes: { falsePositive: 1 } }]);
  });

  test('of a version without a profile count without cells', async () => {
    const model = await startModel(answering(predictions([1])));
    const bed = await startCapturing(model, { baselines: [] });
    await give(bed, await predict(bed), 1);
    expect((await pull(bed)).list).toMatchObject([{ version: 'v1', baseline: '', rows: 0, features: [], outcomes: { truePositive: 1 } }]);
  });

  test.each([
    ['too old to be kept', 0],
    ['that is still to come', 1_900_000_000_000],
  ])('of a pane %s count as late and nowhere else', async (_, start) => {
    const bed = await startCapturing(await startModel(answering(predictions([1]))), { baselines: [] });
    const nonce = nonces();
    const label = (at: number): Promise<unknown> => give(bed, encodeId({ version: 'v1', start: at, classes: ['1'], nonce: nonce() }), 1);
    for (let i = 0; i < 577; i += 1) await label(paneOf(bed) - i * 300_000);
    await label(start);
    const panes = await pullAll(bed);
    expect([panes.length, panes.reduce((sum, { outcomes }) => sum + outcomes.truePositive, 0)]).toEqual([576, 576]);
    expect(await bed.metrics()).toMatch(/modelkeeper_router_capture_late_labels_total\{.*\} 2/);
  });

  test('without capture count in no pane', async () => {
    const model = await startModel(answering(predictions([1])));
    const bed = await startCapturing(model);
    await bed.push(config([target('v1', 100, model.address)]));
    await give(bed, await predict(bed), 1);
    expect([(await pull(bed)).list, (await bed.summary()).counts[0]?.labels.total]).toEqual([[], 1]);
  });
});

async function pullAll(bed: Bed): Promise<readonly Pane[]> {
  const list: Pane[] = [];
  for (let panes = await pull(bed); ; panes = await pull(bed, panes.cursor, panes.instance)) {
    list.push(...panes.list);
    if (!panes.more) return list;
  }
}

describe('GET /summary?since=', () => {
  test('tells the same panes again to one that did not get the answer, and nothing to one that did', async () => {
    const bed = await startCapturing(await startModel(answering(predictions([1]))));
    await send(bed.ports.inference, { body: rows([1, 'DE']) });
    await settled(bed, 1);
    const first = await pull(bed);
    expect(await pull(bed)).toEqual(first);
    expect(await pull(bed, first.cursor, first.instance)).toEqual({ ...first, list: [] });
  });

  test('tells everything to one that knows another instance, as after a restart', async () => {
    const model = await startModel(answering(predictions([1])));
    const [before, after] = [await startCapturing(model), await startCapturing(model)];
    for (let i = 0; i < 3; i += 1) await send(before.ports.inference, { body: rows([1, 'DE']) });
    await settled(before, 3);
    const { instance, cursor } = await pull(before);
    await send(after.ports.inference, { body: rows([1, 'DE']) });
    await settled(after, 1);
    const restarted = await pull(after, cursor, instance);
    expect(restarted.instance).not.toBe(instance);
    expect(restarted.list).toMatchObject([{ rows: 1 }]);
  });

  test('is answered only to the operator, who signs the query, too', async () => {
    const bed = await startCapturing(await startModel(answering({})));
    expect((await bed.signAndSend({ method: 'GET', path: '/summary?since=-1' })).status).toBe(422);
    const timeMs = (bed.clock.ms += 1);
    const signed = await bed.signAndSend({ method: 'GET', path: '/summary?since=0', timeMs });
    expect(Summary.parse(JSON.parse(signed.body.toString())).panes?.list).toEqual([]);
    expect((await bed.signAndSend({ method: 'GET', path: '/summary?since=1', signedPath: '/summary?since=0' })).status).toBe(401);
  });
});

describe('a router that ends', () => {
  test('tells what its last requests were before it closes the admin port', async () => {
    let finish: (() => void) | undefined;
    const arrived = Promise.withResolvers<undefined>();
    const model = await startModel((req, res) => {
      req.resume();
      finish = () => res.end();
      arrived.resolve(undefined);
    });
    const bed = await startCapturing(model, {}, { lingerMs: 10, firstPullMs: 60_000 });
    const last = send(bed.ports.inference, { body: rows([1, 'DE']) });
    await arrived.promise;
    const end = bed.close();
    finish?.();
    expect((await last).status).toBe(200);
    expect(await settled(bed, 1)).toMatchObject([{ rows: 1 }]);
    await end;
    await expect(pull(bed)).rejects.toThrow('ECONNREFUSED');
  });

  test('waits for another operator when the one that pulled its counts does not come back', async () => {
    const bed = await startCapturing(await startModel(answering({})), {}, { lingerMs: 10, pullMs: 60_000, firstPullMs: 0 });
    await send(bed.ports.inference, { body: rows([1, 'DE']) });
    expect(await settled(bed, 1)).toMatchObject([{ rows: 1 }]);
    await send(bed.ports.inference, { body: rows([2, 'DE']) });
    const end = bed.close();
    expect(await settled(bed, 2)).toMatchObject([{ rows: 2 }]);
    await end;
  });

  test('does not wait for long when nobody ever pulled', async () => {
    const bed = await startCapturing(await startModel(answering({})), {}, { lingerMs: 10, pullMs: 2 ** 31 - 1, firstPullMs: 10 });
    await send(bed.ports.inference, { body: rows([1, 'DE']) });
    await bed.close();
    await expect(pull(bed)).rejects.toThrow('ECONNREFUSED');
  });

  test('does not wait without end for an operator that does not come', async () => {
    const bed = await startCapturing(await startModel(answering({})), {}, { lingerMs: 10, pullMs: 10 });
    await pull(bed);
    await send(bed.ports.inference, { body: rows([1, 'DE']) });
    await bed.close();
    await expect(pull(bed)).rejects.toThrow('ECONNREFUSED');
  });
});

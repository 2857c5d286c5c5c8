import { afterEach, describe, expect, test } from '@jest/globals';
import { feedbackPath } from '../dataplane/routing.ts';
import { answering, cleanUp, config, predictions, send, startModel, startServing, target, type Bed, type Reply } from './testbed.ts';

afterEach(cleanUp);

function give(bed: Bed, feedback: unknown): Promise<Reply> {
  return send(bed.ports.inference, { path: feedbackPath, body: JSON.stringify(feedback) });
}

async function predict(bed: Bed): Promise<string> {
  return String((await send(bed.ports.inference, { body: '{}' })).headers['x-inference-id']);
}

const text = ({ status, body }: Reply): string => `${status} ${body.toString()}`;

describe('feedback', () => {
  test('is counted by a router that never saw the prediction, for the version that made it', async () => {
    const model = await startModel(answering(predictions([1, 0])));
    const first = await startServing([target('v1', 100, model.address)]);
    const second = await startServing([target('v1', 50), target('v2', 50)]);
    const id = await predict(first);
    expect(text(await give(second, { id, label: [true, '1'] }))).toBe('202 {"counted":2}');
    expect((await second.summary()).counts).toEqual([
      { version: 'v1', requests: 0, errors: 0, labels: { correct: 1, total: 2, truePositive: 1, falsePositive: 0, falseNegative: 1 } },
    ]);
    const metrics = await second.metrics();
    expect(metrics).toMatch(/modelkeeper_router_feedback_total\{version="v1",outcome="true_positive",.*\} 1/);
    expect(metrics).toMatch(/modelkeeper_router_feedback_total\{version="v1",outcome="false_negative",.*\} 1/);
  });

  test('is counted once', async () => {
    const model = await startModel(answering(predictions([1])));
    const bed = await startServing([target('v1', 100, model.address)]);
    const id = await predict(bed);
    expect(text(await give(bed, { id, label: 1 }))).toBe('202 {"counted":1}');
    expect(text(await give(bed, { id, label: 1 }))).toBe('200 {"counted":0,"duplicate":true}');
    expect((await bed.summary()).counts[0]?.labels.total).toBe(1);
  });

  test('needs the prediction when the response was not held, and then counts it', async () => {
    const model = await startModel((_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(predictions([1]))));
    const bed = await startServing([target('v1', 100, model.address)]);
    const id = await predict(bed);
    const refused = await give(bed, { id, label: 1 });
    expect(refused.status).toBe(422);
    expect(refused.body.toString()).toContain('prediction');
    expect(text(await give(bed, { id, label: 1, prediction: 1 }))).toBe('202 {"counted":1}');
  });

  test('for a version that just left is counted, for an unknown one it is not', async () => {
    const model = await startModel(answering(predictions([1])));
    const bed = await startServing([target('v1', 100, model.address)]);
    const [id, another] = [await predict(bed), await predict(bed)];
    await bed.push(config([target('v2', 100)]));
    expect(text(await give(bed, { id, label: 1 }))).toBe('202 {"counted":1}');
    const stranger = await startServing([target('v2', 100)]);
    expect(text(await give(stranger, { id: another, label: 1 }))).toBe('202 {"counted":0}');
    expect((await stranger.summary()).counts).toEqual([]);
  });

  test('is refused when forged, malformed, too large or switched off', async () => {
    const model = await startModel(answering(predictions([1])));
    const bed = await startServing([target('v1', 100, model.address)]);
    const id = await predict(bed);
    expect((await give(bed, { id: id.replace('v1', 'v2'), label: 1 })).status).toBe(400);
    expect((await give(bed, 'label')).status).toBe(400);
    expect((await give(bed, { id, label: 'x'.repeat(64 * 1024) })).status).toBe(413);
    await bed.push(config([target('v1', 100, model.address)], { feedback: false }));
    expect((await give(bed, { id, label: 1 })).status).toBe(404);
    expect(model.count()).toBe(1);
  });

  test('above the rate is refused with 429', async () => {
    const bed = await startServing([], { feedbackPerSecond: 1 });
    await give(bed, {});
    expect((await give(bed, {})).status).toBe(429);
    bed.clock.ms += 1_000;
    expect((await give(bed, {})).status).toBe(400);
  });

  test('with another method is a request like any other', async () => {
    const model = await startModel(answering({}));
    const bed = await startServing([target('v1', 100, model.address)]);
    expect((await send(bed.ports.inference, { method: 'GET', path: feedbackPath })).status).toBe(200);
    expect(model.count()).toBe(1);
  });
});

describe('the id of a response', () => {
  test.each([
    ['carries the class of JSON of protocol V2', {}, predictions([1]), 'v1.START.1.'],
    ['carries none without feedback', { feedback: false }, predictions([1]), 'v1.START..'],
    ['carries none of another protocol', { protocol: 'Raw' as const }, predictions([1]), 'v1.START..'],
    ['carries none for a large response', {}, { ...predictions([1]) as object, pad: 'x'.repeat(17_000) }, 'v1.START..'],
  ])('%s', async (_, change, content, expected) => {
    const model = await startModel(answering(content));
    const bed = await startServing([target('v1', 100, model.address)]);
    await bed.push(config([target('v1', 100, model.address)], change));
    const start = (Math.floor(bed.clock.ms / 60_000) * 60).toString(36);
    expect(await predict(bed)).toContain(expected.replace('START', start));
  });
});

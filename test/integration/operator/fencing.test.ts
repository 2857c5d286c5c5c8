import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { pipeline } from './samples.ts';
import { path, Stage } from './stage.ts';
import { isWrite, Traffic } from './traffic.ts';
import { at, isTrue, ModelVersion, Pipeline, PipelineRun } from './watching.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

afterAll(() => stage.close());

/** All that can be read of our objects, without what the API server counts. */
function content(namespace: string): unknown {
  return [Pipeline, PipelineRun, ModelVersion].flatMap((kind) => stage.watching.list(kind, namespace)).map(({ live }) => {
    const { managedFields: _managedFields, ...metadata } = asRecord(live['metadata']) ?? {};
    return { ...live, metadata };
  });
}

test('an operator that stood still while another took over changes nothing when it goes on', async () => {
  const { client, watching } = stage;
  const namespace = await client.freshNamespace();
  const traffic = new Traffic();
  const first = await stage.operator(namespace, traffic);
  await first.leading;
  await stage.apply(namespace, 'pipelines', pipeline({ triggers: { onChange: false } }));
  await watching.until(() => isTrue(watching.get(Pipeline, namespace, 'fraud'), 'Ready'));
  await first.idle();
  const epoch = Number(at(watching.get(Pipeline, namespace, 'fraud'), 'status', 'writerEpoch'));

  // It stands still in the middle of its next write, of which it is sure that it may do it.
  const goOn = Promise.withResolvers<undefined>();
  const standsStill = Promise.withResolvers<undefined>();
  traffic.passes = (call) => {
    if (isWrite(call)) {
      traffic.hold = goOn.promise;
      standsStill.resolve(undefined);
    }
    return true;
  };
  const late: Json[] = [];
  traffic.rewrite = async (request) => {
    if (!isWrite(request) || !request.path.includes('/status')) return request;
    await goOn.promise;
    // As if it had left already, and had seen the newest copy, so that nothing but the term is against it.
    const object = await client.get(`${path(namespace, 'pipelines')}/fraud`);
    const body = asRecord(JSON.parse(request.body ?? '{}')) ?? {};
    const left = { ...request, before: undefined, signal: new AbortController().signal };
    late.push(body);
    return { ...left, body: JSON.stringify({ ...body, metadata: { ...asRecord(body['metadata']), resourceVersion: at(object, 'metadata', 'resourceVersion') } }) };
  };
  await client.mergePatch(`${path(namespace, 'pipelines')}/fraud`, { metadata: { annotations: { 'modelkeeper.dev/run': 'first' } } });
  await standsStill.promise;

  const second = await stage.operator(namespace);
  await second.leading;
  await watching.until(() => isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'Ready') && isTrue(watching.list(PipelineRun, namespace)[0]?.live, 'Succeeded'));
  await second.idle();
  expect(at(watching.get(Pipeline, namespace, 'fraud'), 'status', 'writerEpoch')).toBeGreaterThan(epoch);

  const before = content(namespace);
  const writes = second.traffic.writes.length;
  goOn.resolve(undefined);
  await first.lost;
  await first.stop();
  await second.idle();
  expect(late).toHaveLength(1);
  const refused = traffic.writes.filter(({ status }) => status !== undefined && status >= 400);
  expect(refused.map(({ status }) => status)).toEqual([422]);
  expect(traffic.writes.filter(({ status }) => status === undefined)).toEqual([]);
  expect(content(namespace)).toEqual(before);
  expect(second.traffic.writes).toHaveLength(writes);
}, 60_000);

test('an operator whose lease ran out in the middle of its work writes nothing more, although its network works', async () => {
  const { client, watching } = stage;
  const namespace = await client.freshNamespace();
  const traffic = new Traffic();
  const first = await stage.operator(namespace, traffic);
  await first.leading;
  traffic.passes = ({ path: to }) => !to.includes('/leases');
  await first.lost;
  const writes = traffic.writes.length;
  await stage.apply(namespace, 'pipelines', pipeline());
  const second = await stage.operator(namespace);
  await watching.until(() => isTrue(watching.get(Pipeline, namespace, 'fraud'), 'Ready'));
  await first.stop();
  expect(traffic.writes).toHaveLength(writes);
  expect(second.traffic.writes.length).toBeGreaterThan(0);
}, 60_000);

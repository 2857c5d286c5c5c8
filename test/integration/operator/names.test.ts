import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../operator/runtime/kind.ts';
import { modelDeployment, modelVersion, pipeline } from './samples.ts';
import { path, Stage } from './stage.ts';
import { at, condition, isTrue, ModelDeployment, ModelVersion, PersistentVolumeClaim, Pipeline, PipelineRun } from './watching.ts';

let stage: Stage;
let namespace: string;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

beforeEach(async () => {
  namespace = await stage.client.freshNamespace();
});

afterAll(() => stage.close());

const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'fraud' }, spec: { ports: [{ port: 1234 }] } };

function serviceOf(): Promise<Json> {
  return stage.client.get(`/api/v1/namespaces/${namespace}/services/fraud`);
}

describe('a Service that bears the name of a ModelDeployment', () => {
  test.each<[string, Json]>([
    ['is left alone', {}],
    ['is left alone although it bears our label', { 'app.kubernetes.io/managed-by': 'modelkeeper' }],
  ])('%s, and the ModelDeployment says whose it is not', async (_what, labels) => {
    const { client, watching } = stage;
    await client.create(`/api/v1/namespaces/${namespace}/services`, { ...service, metadata: { ...service.metadata, labels } });
    const before = await serviceOf();
    const operator = await stage.operator(namespace);
    await stage.apply(namespace, 'modeldeployments', modelDeployment());
    const ready = await watching.until(() => {
      const seen = condition(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready');
      return seen?.reason === 'NameConflict' && seen;
    });
    expect(ready).toMatchObject({ status: 'False' });
    expect(ready.message).toContain('Service fraud');
    expect(isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Stalled')).toBe(true);
    await operator.idle();
    expect(await serviceOf()).toEqual(before);
    // Other children are not kept waiting.
    expect((await client.get(`/apis/apps/v1/namespaces/${namespace}/deployments`))['items']).toHaveLength(1);
    await client.remove(path(namespace, 'modeldeployments') + '/fraud');
    await watching.until(() => watching.get(ModelDeployment, namespace, 'fraud') === undefined);
    await operator.idle();
    expect(await serviceOf()).toEqual(before);
    await operator.stop();
  }, 60_000);
});

test('a version made by hand keeps its name, and the run registers the next one', async () => {
  const { watching } = stage;
  const operator = await stage.operator(namespace);
  stage.kubelet.hangs = (pod) => pod.namespace === namespace && pod.step === 'train';
  await stage.apply(namespace, 'pipelines', pipeline());
  await stage.apply(namespace, 'modelversions', modelVersion('fraud-1'));
  stage.kubelet.resume(namespace);
  await watching.until(() => isTrue(watching.list(PipelineRun, namespace)[0]?.live, 'Succeeded'));
  expect(at(watching.list(PipelineRun, namespace)[0]?.live, 'status', 'modelVersionRef', 'name')).toBe('fraud-2');
  const byHand = watching.get(ModelVersion, namespace, 'fraud-1');
  expect(at(byHand, 'spec', 'lineage')).toBeUndefined();
  expect(at(byHand, 'metadata', 'labels')).toBeUndefined();
  await operator.stop();
}, 60_000);

test('a claim of someone else with the name of the store is not written to, and no run starts on it', async () => {
  const { client, watching } = stage;
  await stage.apply(namespace, 'pipelines', pipeline({ suspend: true }));
  const first = await stage.operator(namespace);
  await watching.until(() => isTrue(watching.get(Pipeline, namespace, 'fraud'), 'Ready'));
  await first.idle();
  await first.stop();
  const [claim] = watching.list(PersistentVolumeClaim, namespace);
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const name = claim?.metadata.name ?? '';
  await client.remove(`${claims}/${name}`);
  await watching.until(() => watching.get(PersistentVolumeClaim, namespace, name) === undefined);
  await client.create(claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '7Gi' } } } });
  const before = at(await client.get(`${claims}/${name}`), 'spec');
  await stage.apply(namespace, 'pipelines', pipeline());
  const operator = await stage.operator(namespace);
  const ready = await watching.until(() => {
    const seen = condition(watching.get(Pipeline, namespace, 'fraud'), 'Ready');
    return seen?.reason === 'NameConflict' && seen;
  });
  expect(ready.message).toContain(name);
  await operator.idle();
  expect(watching.list(PipelineRun, namespace)).toEqual([]);
  expect(at(await client.get(`${claims}/${name}`), 'spec')).toEqual(before);
  await operator.stop();
}, 60_000);

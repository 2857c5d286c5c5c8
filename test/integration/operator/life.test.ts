import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { modelDeployment, pipeline } from './samples.ts';
import { Stage } from './stage.ts';
import { at, condition, ControllerRevision, isTrue, Job, ModelDeployment, ModelVersion, PipelineRun } from './watching.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

afterAll(() => stage.close());

test('a Pipeline becomes a version that serves, with few writes and no reads', async () => {
  const { watching } = stage;
  const namespace = await stage.client.freshNamespace();
  const operator = await stage.operator(namespace);
  await operator.leading;
  const startedAt = Date.now();
  await stage.apply(namespace, 'pipelines', pipeline());
  await watching.until(() => isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'Ready'));
  const trained = Date.now() - startedAt;
  await stage.apply(namespace, 'modeldeployments', modelDeployment());
  await watching.until(() => isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready'));
  await operator.idle();
  const [run] = watching.list(PipelineRun, namespace);
  const name = run?.metadata.name ?? '';
  console.log(JSON.stringify({
    trained, served: Date.now() - startedAt - trained,
    pipeline: operator.traffic.about('Pipeline', 'fraud'), run: operator.traffic.about('PipelineRun', name),
    version: operator.traffic.about('ModelVersion', 'fraud-1'), deployment: operator.traffic.about('ModelDeployment', 'fraud'),
    total: operator.traffic.writes.length, reads: operator.traffic.reads.map(({ path }) => path),
    codes: operator.traffic.writes.filter(({ status }) => (status ?? 0) >= 300).map(({ method, path, status }) => `${method} ${path} ${String(status)}`),
  }, undefined, 1));
  expect(condition(run?.live, 'Succeeded')).toMatchObject({ status: 'True', reason: 'Completed' });
  expect(at(run?.live, 'status', 'steps', 1, 'results')).toEqual([{ name: 'recall', value: '0.9' }]);
  expect(watching.list(Job, namespace)).toHaveLength(3);
  expect(watching.list(ControllerRevision, namespace)).toHaveLength(1);
}, 60_000);

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { modelDeployment, pipeline } from './samples.ts';
import { path, Stage } from './stage.ts';
import { appliedKinds, at, condition, ControllerRevision, isTrue, Job, ModelDeployment, ModelVersion, PersistentVolumeClaim, Pipeline, PipelineRun, Pod } from './watching.ts';

let stage: Stage;
let namespace: string;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

beforeEach(async () => {
  namespace = await stage.client.freshNamespace();
});

afterAll(() => stage.close());

test('a run that is cancelled while a step runs takes the Job and its pods along', async () => {
  const { client, watching } = stage;
  const operator = await stage.operator(namespace);
  stage.kubelet.hangs = (pod) => pod.namespace === namespace && pod.step === 'train';
  await stage.apply(namespace, 'pipelines', pipeline());
  await watching.until(() => watching.list(Pod, namespace).some(({ metadata, live }) => metadata.labels['modelkeeper.dev/step'] === 'train' && at(live, 'status', 'phase') === 'Running'));
  const run = watching.list(PipelineRun, namespace)[0]?.metadata.name ?? '';
  await client.mergePatch(`${path(namespace, 'pipelineruns')}/${run}`, { spec: { cancel: true } });
  const ended = await watching.until(() => {
    const live = watching.get(PipelineRun, namespace, run);
    return at(live, 'status', 'finishedAt') !== undefined && live;
  });
  expect(condition(ended, 'Succeeded')).toMatchObject({ status: 'False', reason: 'Cancelled' });
  expect(at(ended, 'status', 'steps')).toMatchObject([{ name: 'prepare', state: 'Succeeded' }, { name: 'train', state: 'Cancelled' }]);
  const left = [...watching.list(Job, namespace), ...watching.list(Pod, namespace)].filter(({ metadata }) => metadata.labels['modelkeeper.dev/step'] === 'train');
  expect(left.map(({ metadata }) => metadata.name)).toEqual([]);
  expect(watching.list(Job, namespace).map(({ metadata }) => metadata.labels['modelkeeper.dev/step'])).toEqual(['prepare']);
  await operator.idle();
  expect(watching.list(PipelineRun, namespace)).toHaveLength(1);
  expect(watching.list(ModelVersion, namespace)).toEqual([]);
  stage.kubelet.hangs = () => false;
  await operator.stop();
}, 60_000);

test('what serves goes on when the Pipeline and its runs are deleted, and so do the version and the store', async () => {
  const { client, watching } = stage;
  const operator = await stage.operator(namespace);
  await stage.apply(namespace, 'pipelines', pipeline());
  await stage.apply(namespace, 'modeldeployments', modelDeployment());
  await watching.until(() => isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready'));
  await operator.idle();
  const children = (): string[] => appliedKinds.flatMap((kind) => watching.list(kind, namespace)).filter(({ metadata }) => metadata.owner?.kind === 'ModelDeployment').map(({ metadata }) => metadata.uid);
  const [before, pods] = [children(), watching.list(Pod, namespace).filter(({ metadata }) => metadata.owner?.kind === 'ReplicaSet').map(({ metadata }) => metadata.uid)];
  expect(before).toHaveLength(6);
  await client.remove(`${path(namespace, 'pipelines')}/fraud`);
  await watching.until(() => watching.list(Pipeline, namespace).length === 0 && watching.list(PipelineRun, namespace).length === 0);
  // Garbage collection is done when the Jobs of the run are gone, too.
  await watching.until(() => watching.list(Job, namespace).every(({ metadata }) => metadata.owner?.kind === 'ModelVersion') && watching.list(ControllerRevision, namespace).every(({ metadata }) => metadata.owner?.kind !== 'PipelineRun'));
  await operator.idle();
  expect(watching.list(ModelVersion, namespace).map(({ metadata }) => metadata.name)).toEqual(['fraud-1']);
  expect(watching.list(PersistentVolumeClaim, namespace).map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined]);
  expect(children()).toEqual(before);
  expect(watching.list(Pod, namespace).filter(({ metadata }) => metadata.owner?.kind === 'ReplicaSet').map(({ metadata }) => metadata.uid)).toEqual(pods);
  expect(isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready')).toBe(true);
  await operator.stop();
}, 60_000);

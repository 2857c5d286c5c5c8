import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { labels } from '../../../operator/controllers/labels.ts';
import { openProfile } from '../../../operator/controllers/resources/profile.ts';
import { make } from '../../make.ts';
import { comparingPipeline, modelDeployment, modelVersion } from './samples.ts';
import { path, Stage } from './stage.ts';
import { at, condition, ConfigMap, isTrue, Job, ModelDeployment, ModelVersion, PipelineRun } from './watching.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

afterAll(() => stage.close());

const version = (namespace: string, name: string) => stage.watching.get(ModelVersion, namespace, name);
const profiles = (namespace: string, of: string) => stage.watching.list(ConfigMap, namespace)
  .filter(({ metadata }) => metadata.owner?.name === of && metadata.labels[labels.component] === 'profile');
const active = (namespace: string) => at(stage.watching.get(ModelDeployment, namespace, 'fraud'), 'status', 'activeVersion');

test('each run compares with what serves when it starts, and publishes what its model was measured on', async () => {
  const { client, watching } = stage;
  const namespace = await client.freshNamespace();
  await stage.operator(namespace);
  await Promise.all([stage.apply(namespace, 'pipelines', comparingPipeline()), stage.apply(namespace, 'modeldeployments', modelDeployment())]);

  const [first] = await watching.until(() => isTrue(version(namespace, 'fraud-1'), 'ProfilePublished') && profiles(namespace, 'fraud-1'));
  expect(openProfile(Buffer.from(String(at(first?.live, 'binaryData', 'profile.json.gz')), 'base64'))).toEqual({ digest: at(version(namespace, 'fraud-1'), 'spec', 'profile', 'digest'), profile: make.profile });
  expect(at(first?.live, 'immutable')).toBe(true);
  expect(at(version(namespace, 'fraud-1'), 'spec', 'metrics', 0)).not.toHaveProperty('champion');

  await watching.until(() => active(namespace) === 'fraud-1');
  await client.mergePatch(`${path(namespace, 'pipelines')}/fraud`, { metadata: { annotations: { 'modelkeeper.dev/run': '1' } } });
  const second = await watching.until(() => version(namespace, 'fraud-2'));
  expect(at(second, 'spec', 'metrics', 0, 'champion')).toEqual({ modelVersionRef: { name: 'fraud-1' }, value: 0.9 });
  expect(at(second, 'spec', 'lineage', 'models')).toEqual([
    { name: 'train.champion', championOf: 'fraud', version: 'fraud-1', digest: at(version(namespace, 'fraud-1'), 'spec', 'artifact', 'digest') },
  ]);

  await watching.until(() => active(namespace) === 'fraud-2' && isTrue(stage.watching.get(ModelDeployment, namespace, 'fraud'), 'Ready'));
  expect(condition(version(namespace, 'fraud-2'), 'GatesPassed')).toMatchObject({ status: 'True', message: '1 of 1 gates passed' });
}, 60_000);

test('a published profile that is deleted comes back: from the log, and when that is gone from another Job', async () => {
  const { client, watching, kubelet } = stage;
  const namespace = await client.freshNamespace();
  const operator = await stage.operator(namespace);
  await stage.apply(namespace, 'pipelines', comparingPipeline());
  const published = async (): Promise<string> => String(at((await watching.until(() => profiles(namespace, 'fraud-1')[0])).live, 'metadata', 'uid'));
  const jobs = (): number => watching.list(Job, namespace).filter(({ metadata }) => metadata.owner?.name === 'fraud-1').length;
  const remove = () => client.remove(`/api/v1/namespaces/${namespace}/configmaps/${profiles(namespace, 'fraud-1')[0]?.metadata.name ?? ''}`);
  const before = await published();
  await remove();
  await watching.until(() => profiles(namespace, 'fraud-1').some(({ metadata }) => metadata.uid !== before));
  expect(jobs()).toBe(1);

  const old = new Set(operator.traffic.calls.filter(({ path: called }) => called.includes('/log?')).map(({ path: called }) => called.split('/').at(-2)));
  kubelet.forgets = ({ name }) => old.has(name);
  const [again] = profiles(namespace, 'fraud-1');
  await remove();
  await watching.until(() => profiles(namespace, 'fraud-1').some(({ metadata }) => metadata.uid !== again?.metadata.uid));
  expect(jobs()).toBe(2);
}, 60_000);

test('a run waits for a model that is not there yet', async () => {
  const { client, watching } = stage;
  const namespace = await client.freshNamespace();
  await stage.operator(namespace);
  const sample = comparingPipeline();
  const spec = { ...at(sample, 'spec') as object, register: undefined, steps: [{ name: 'tune', container: { image: 'tune:1' }, inputs: [{ name: 'parent', from: { modelVersionRef: { name: 'fraud-7' } } }] }] };
  await stage.apply(namespace, 'pipelines', { ...sample, spec });
  const run = () => watching.list(PipelineRun, namespace)[0]?.live;
  await watching.until(() => condition(run(), 'Succeeded')?.reason === 'ModelVersionNotFound');
  await stage.apply(namespace, 'modelversions', modelVersion('fraud-7'));
  await watching.until(() => isTrue(run(), 'Succeeded'));
  expect(at(run(), 'status', 'models')).toEqual([{ version: 'fraud-7', uri: `pvc://models/team/sha256/${'ab'.repeat(32)}`, digest: `sha256:${'ab'.repeat(32)}` }]);
}, 60_000);

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { condition, type Pod, type PipelineRun } from '../../hack/demo/cluster/objects.ts';
import { waitFor } from '../../hack/demo/cluster/wait.ts';
import { enter } from './scene.ts';

let scene: Awaited<ReturnType<typeof enter>>;
beforeAll(async () => {
  scene = await enter('cancel');
});
afterAll(() => scene.leave());

test('cancelling a run leaves no pod of it', async () => {
  const { kubectl, images } = scene;
  const sleep = { image: images.python, command: ['python', '-c', 'import time; time.sleep(3600)'] };
  await kubectl.apply([{
    apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'Pipeline', metadata: { name: 'sleepy' },
    spec: {
      artifactStore: { type: 'Volume', volume: { storage: '100Mi' } },
      steps: [{ name: 'one', container: sleep }, { name: 'two', container: sleep }, { name: 'three', container: sleep, dependsOn: ['one'] }],
    },
  }, {
    apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'PipelineRun', metadata: { name: 'sleepy-1' }, spec: { pipelineRef: { name: 'sleepy' } },
  }]);
  const pods = (): Promise<Pod[]> => kubectl.list<Pod>('pods', 'modelkeeper.dev/run=sleepy-1');
  await waitFor('two steps to sleep', async () => {
    const asleep = (await pods()).filter(({ status }) => status.initContainerStatuses?.some(({ name, state }) => name === 'step' && state.running));
    return asleep.length === 2 ? true : undefined;
  }, { deadlineMs: 120_000 });

  await kubectl.run(['patch', 'mkrun', 'sleepy-1', '--type=merge', '--patch', '{"spec":{"cancel":true}}']);
  const ended = await waitFor('the run to end', async () => {
    const run = await kubectl.get<PipelineRun>('pipelineruns', 'sleepy-1');
    return run?.status?.finishedAt === undefined ? undefined : run;
  }, { deadlineMs: 120_000 });

  expect(condition(ended, 'Succeeded')).toMatchObject({ status: 'False', reason: 'Cancelled' });
  expect(ended.status?.steps?.map(({ state }) => state)).toEqual(['Cancelled', 'Cancelled', 'Cancelled']);
  // What has ended is removed in the background.
  await waitFor('every pod and Job of the run to be gone', async () =>
    ((await pods()).length + (await kubectl.list('jobs', 'modelkeeper.dev/run=sleepy-1')).length === 0 ? true : undefined), { deadlineMs: 60_000 });
});

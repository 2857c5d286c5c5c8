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
  await stage.apply(namespace, 'pipelines', pipeline());
  await watching.until(() => isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'Ready'));
  await stage.apply(namespace, 'modeldeployments', modelDeployment());
  await watching.until(() => isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready'));
  await operator.idle();
  const [run] = watching.list(PipelineRun, namespace);
  const name = run?.metadata.name ?? '';
  expect(operator.traffic.reads).toEqual([]);
  expect(operator.traffic.writes.filter(({ status }) => (status ?? 0) >= 300)).toEqual([]);
  const written = (kind: string, of: string): unknown => {
    const { event: _event, ...writes } = operator.traffic.about(kind, of);
    return writes;
  };
  // Each child once, but for the cold-start copy, which follows the weights.
  expect(written('Pipeline', 'fraud')).toEqual({ status: atMost(4), 'PATCH PipelineRun': 1 });
  expect(written('PipelineRun', name)).toEqual({ status: atMost(7), 'PATCH ControllerRevision': 1, 'PATCH Job': 2 });
  expect(written('ModelVersion', 'fraud-1')).toEqual({ status: atMost(2), 'PATCH Job': 1 });
  expect(written('ModelDeployment', 'fraud')).toEqual({ status: atMost(7), 'PATCH Deployment': 2, 'PATCH Service': 2, 'PATCH ConfigMap': 2, 'PATCH NetworkPolicy': 1 });
  expect(condition(run?.live, 'Succeeded')).toMatchObject({ status: 'True', reason: 'Completed' });
  expect(at(run?.live, 'status', 'steps', 1, 'results')).toEqual([{ name: 'recall', value: '0.9' }]);
  expect(watching.list(Job, namespace)).toHaveLength(3);
  expect(watching.list(ControllerRevision, namespace)).toHaveLength(1);
}, 60_000);

/** Matches a count that is not above this one. */
function atMost(limit: number): unknown {
  return { asymmetricMatch: (count: unknown) => typeof count === 'number' && count <= limit, toString: () => `at most ${limit}` };
}

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../operator/runtime/kind.ts';
import { modelDeployment, pipeline } from './samples.ts';
import { Stage, type Operator } from './stage.ts';
import type { Call } from './traffic.ts';
import { at, isTrue, ModelDeployment, ModelVersion, ourKinds, Service } from './watching.ts';

let stage: Stage;
let namespace: string;
let operator: Operator;

beforeAll(async () => {
  stage = await Stage.open();
  namespace = await stage.client.freshNamespace();
  operator = await stage.operator(namespace);
  await stage.apply(namespace, 'pipelines', pipeline());
  await stage.watching.until(() => isTrue(stage.watching.get(ModelVersion, namespace, 'fraud-1'), 'Ready'));
  await stage.apply(namespace, 'modeldeployments', modelDeployment());
  await stage.watching.until(() => isTrue(stage.watching.get(ModelDeployment, namespace, 'fraud'), 'Ready'));
  await operator.idle();
}, 180_000);

afterAll(() => stage.close());

function epochs(): number[] {
  return ourKinds.flatMap((kind) => stage.watching.list(kind, namespace)).map(({ live }) => Number(at(live, 'status', 'writerEpoch')));
}

async function term(): Promise<number> {
  const lease = await stage.client.get(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/modelkeeper-operator`);
  return Number(at(lease, 'spec', 'leaseTransitions'));
}

/** Starts another operator, and has it serve something new: when that is ready, it has looked at all there was. */
async function restarted(sentinel: string): Promise<Call[]> {
  await operator.stop();
  operator = await stage.operator(namespace);
  await operator.idle();
  const before = [...operator.traffic.writes];
  const { metadata: _metadata, ...body } = modelDeployment();
  await stage.apply(namespace, 'modeldeployments', { ...body, metadata: { name: sentinel } });
  await stage.watching.until(() => isTrue(stage.watching.get(ModelDeployment, namespace, sentinel), 'Ready'));
  await operator.idle();
  return [...before, ...operator.traffic.writes.slice(before.length).filter(({ path, body: sent }) => !path.includes(sentinel) && !JSON.stringify(sent).includes(sentinel))];
}

const told = (calls: readonly Call[]): unknown[] => calls.map(({ method, path, body }) => ({ method, path, conditions: at(body, 'status', 'conditions'), note: at(body, 'note') }));

describe('after a restart with everything as it should be', () => {
  test('nothing is written and nothing is read', async () => {
    expect(told(await restarted('next'))).toEqual([]);
    expect(operator.traffic.reads).toEqual([]);
  }, 60_000);

  test('nothing is written when the Lease was deleted, and the term is above all that objects bear', async () => {
    await operator.stop();
    await stage.client.remove(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/modelkeeper-operator`);
    const before = Math.max(...epochs());
    expect(told(await restarted('third'))).toEqual([]);
    expect(await term()).toBeGreaterThan(before);
  }, 60_000);

  test('what someone edits is repaired by the new leader, under its term', async () => {
    const { watching, client } = stage;
    const path = `/api/v1/namespaces/${namespace}/services/fraud`;
    const of = (service: Json | undefined): unknown => at(service, 'spec', 'ports', 0, 'targetPort');
    const right = of(await client.get(path));
    const edited = await client.strategicPatch(path, { spec: { ports: [{ port: 80, targetPort: 1 }] } });
    expect(of(edited)).toBe(1);
    await watching.until(() => of(watching.get(Service, namespace, 'fraud')) === right);
    const now = await term();
    await watching.until(() => at(watching.get(ModelDeployment, namespace, 'fraud'), 'status', 'writerEpoch') === now);
  }, 60_000);
});

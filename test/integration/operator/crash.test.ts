import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { asRecord } from '../../../operator/runtime/json.ts';
import { comparingPipeline, modelDeployment } from './samples.ts';
import { Stage, type Operator } from './stage.ts';
import { isWrite, Traffic } from './traffic.ts';
import { appliedKinds, at, ConfigMap, ControllerRevision, Deployment, isRolledOut, isTrue, Job, ModelDeployment, ModelVersion, PersistentVolumeClaim, Pipeline, PipelineRun } from './watching.ts';

/** Scenarios that run at a time. */
const lanes = 8;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
}, 120_000);

afterAll(() => stage.close());

/** What must be the same in the end, whatever happened on the way: no times, uids, names made of uids, or terms. */
function outcome(namespace: string): unknown {
  const { watching } = stage;
  const conditions = (live: unknown): unknown => Object.fromEntries((at(live, 'status', 'conditions') as { type: string; status: string; reason: string }[]).map(({ type, status, reason }) => [type, `${status} ${reason}`]));
  const [run] = watching.list(PipelineRun, namespace);
  const version = watching.get(ModelVersion, namespace, 'fraud-1');
  const deployment = watching.get(ModelDeployment, namespace, 'fraud');
  return {
    runs: watching.list(PipelineRun, namespace).length,
    snapshots: watching.list(ControllerRevision, namespace).filter(({ metadata }) => metadata.owner?.kind === 'PipelineRun').length,
    claims: watching.list(PersistentVolumeClaim, namespace).length,
    jobsOfSteps: Object.fromEntries(['prepare', 'train', 'baseline'].map((step) => [step, watching.list(Job, namespace).filter(({ metadata }) => metadata.labels['modelkeeper.dev/step'] === step).length])),
    jobs: watching.list(Job, namespace).length,
    versions: watching.list(ModelVersion, namespace).map(({ metadata }) => metadata.name),
    pipeline: conditions(watching.get(Pipeline, namespace, 'fraud')),
    run: conditions(run?.live),
    steps: (at(run?.live, 'status', 'steps') as unknown[]).map((step) => [at(step, 'name'), at(step, 'state'), at(step, 'attempt'), at(step, 'outputs'), at(step, 'results')]),
    profiles: watching.list(ConfigMap, namespace).filter(({ metadata }) => metadata.owner?.kind === 'ModelVersion').map(({ live }) => at(live, 'binaryData')),
    version: { conditions: conditions(version), profile: at(version, 'spec', 'profile', 'digest'), artifact: at(version, 'spec', 'artifact', 'digest'), metrics: at(version, 'spec', 'metrics') },
    deployment: {
      conditions: conditions(deployment), weight: at(deployment, 'status', 'weight'), active: at(deployment, 'status', 'activeVersion'),
      versions: (at(deployment, 'status', 'versions') as unknown[]).map((one) => [at(one, 'name'), at(one, 'role'), at(one, 'weight')]),
    },
    children: appliedKinds.map((kind) => [kind.kind, watching.list(kind, namespace).filter(({ metadata }) => metadata.owner?.kind === 'ModelDeployment').length]),
  };
}

/** One run and one deployment, with an operator that dies after so many writes and another one that goes on. */
async function scenario(writesBeforeCrash: number): Promise<{ readonly outcome: unknown; readonly writes: number }> {
  const { client, watching } = stage;
  const namespace = await client.freshNamespace();
  const traffic = new Traffic();
  const dead = Promise.withResolvers<undefined>();
  let writes = 0;
  let isDead = false;
  traffic.passes = (call) => {
    if (isWrite(call)) writes += 1;
    isDead ||= writes > writesBeforeCrash;
    if (isDead) dead.resolve(undefined);
    return !isDead || call.method === 'GET';
  };
  const first = stage.operator(namespace, traffic);
  first.catch(() => undefined);
  await Promise.all([stage.apply(namespace, 'pipelines', comparingPipeline()), stage.apply(namespace, 'modeldeployments', modelDeployment())]);
  const isFinished = (): boolean => isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'Ready')
    && isTrue(watching.get(ModelDeployment, namespace, 'fraud'), 'RoutersUpToDate')
    && watching.list(Deployment, namespace).every(({ live }) => isRolledOut(live))
    && asRecord(at(watching.get(Pipeline, namespace, 'fraud'), 'status', 'lastRun'))?.['result'] === 'Succeeded'
    && isTrue(watching.get(ModelVersion, namespace, 'fraud-1'), 'ProfilePublished');
  /** Routers come one by one, so what looks like the end may be left once more. */
  const rest = async (operator: Operator): Promise<void> => {
    do {
      await watching.until(isFinished);
      await operator.idle();
    } while (!isFinished());
  };
  await Promise.race([dead.promise, first.then(rest)]);
  // A process that is dead pushes nothing to routers either.
  await first.then((operator) => operator.stop(), () => undefined);
  if (writes > writesBeforeCrash) {
    await client.remove(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/modelkeeper-operator`).catch(() => undefined);
    const second = await stage.operator(namespace);
    await second.leading;
    await rest(second);
    await second.stop();
  }
  return { outcome: outcome(namespace), writes };
}

test('whenever the operator dies, the next one brings everything to the same end, and no step runs twice', async () => {
  const whole = await scenario(Number.POSITIVE_INFINITY);
  expect(whole.outcome).toMatchObject({ runs: 1, jobs: 4, jobsOfSteps: { prepare: 1, train: 1, baseline: 1 }, profiles: [{}], versions: ['fraud-1'], claims: 1 });
  const points = Array.from({ length: whole.writes }, (_, n) => n);
  const ended: { readonly after: number; readonly outcome: unknown }[] = [];
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let after = points.shift(); after !== undefined; after = points.shift()) ended.push({ after, outcome: (await scenario(after)).outcome });
  }));
  expect(ended).toHaveLength(whole.writes);
  expect(ended.filter(({ outcome: is }) => JSON.stringify(is) !== JSON.stringify(whole.outcome))).toEqual([]);
}, 240_000);

import { describe, expect, test } from '@jest/globals';
import { change, digest, make } from '../../../test/make.ts';
import { PipelineSpec, type Step } from '../../api/v1alpha1/pipeline.ts';
import type { ResolvedModel } from '../../api/v1alpha1/pipelinerun.ts';
import { Task, taskVariable } from '../../dataplane/task.ts';
import { asItems, asRecord } from '../../runtime/json.ts';
import type { Json } from '../../runtime/kind.ts';
import { restrictedPod } from '../pods.ts';
import { recallJob, snapshotRevision, stepJob, type Site } from './children.ts';

const run = make.run().metadata;
const site: Site = { run, image: 'agent:1', claimName: 'store', claim: make.claim('store'), others: [] };
const step: Step = PipelineSpec.shape.steps.element.parse({
  name: 'evaluate',
  container: {
    image: 'python:3', command: ['python', 'evaluate.py'], workingDir: '/src',
    args: ['--model=$(inputs.model.path)', '--rows=$(inputs.rows.path)', '--to=$(results.recall.path)', '--best=$(steps.train.results.best)', '$$(KEPT) $(POD_IP)'],
    env: [{ name: 'SEED', value: '$(params.seed)' }, { name: 'RUN', value: '$(run.name)' }],
    resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { memory: '2Gi' } },
  },
  inputs: [{ name: 'model', from: { step: 'train', output: 'model' } }, { name: 'rows', from: { uri: 'pvc://data/days/1' } }],
  outputs: [{ name: 'plot' }], results: [{ name: 'recall' }], timeout: '1h30m',
});
const status = make.step('evaluate', 'Running', { attempt: 2, job: { name: 'the-job', recall: 'the-recall' } });
const steps = [make.step('train', 'Succeeded', { outputs: [{ name: 'model', digest: digest('a'), bytes: 7 }] })];
const references = { run: run.name, params: { seed: '$(HOME)' }, result: () => '0.1' };
const body = stepJob(site, step, status, { references, steps, models: [] }).body;

const agent = (name: string, task: Json, volumeMounts: Json[]): Json => ({
  name, image: 'agent:1', imagePullPolicy: 'IfNotPresent', args: ['agent', name],
  env: [{ name: taskVariable, value: JSON.stringify(task) }],
  resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
  terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', volumeMounts,
});
const own = { 'modelkeeper.dev/run': 'fraud-run', 'modelkeeper.dev/step': 'evaluate' };
const work = { name: 'work', mountPath: '/work' };
const readOnly = { name: 'store', mountPath: '/store', readOnly: true };
const affinity = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { 'modelkeeper.dev/store': 'store' } }, topologyKey: 'kubernetes.io/hostname' }],
  },
};

test('the Job of a step is a fetch, the container of the user, and a publish', () => {
  expect(body).toEqual({
    metadata: { name: 'the-job', labels: own },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 5_400,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      template: {
        metadata: {
          labels: { ...own, 'app.kubernetes.io/managed-by': 'modelkeeper', 'modelkeeper.dev/store': 'store' },
          annotations: { 'kubectl.kubernetes.io/default-container': 'step' },
        },
        spec: {
          ...restrictedPod,
          affinity,
          restartPolicy: 'Never',
          initContainers: [
            agent('fetch', {
              verb: 'fetch', work: '/work',
              inputs: [
                { name: 'model', from: { root: '/store', path: `ml/sha256/${'a'.repeat(64)}` }, digest: digest('a') },
                { name: 'rows', from: { root: '/claims/data', path: 'days/1' } },
              ],
            }, [work, readOnly, { name: 'claim-0', mountPath: '/claims/data', readOnly: true }]),
            {
              name: 'step', image: 'python:3', imagePullPolicy: 'IfNotPresent', command: ['python', 'evaluate.py'],
              args: ['--model=/work/inputs/model', '--rows=/work/inputs/rows', '--to=/work/results/recall', '--best=0.1', '$$(KEPT) $(POD_IP)'],
              workingDir: '/src',
              env: [
                { name: 'SEED', value: '$$(HOME)' }, { name: 'RUN', value: 'fraud-run' },
                { name: 'HOME', value: '/work/home' }, { name: 'TMPDIR', value: '/work/tmp' },
              ],
              resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '2Gi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
              volumeMounts: [work],
            },
          ],
          containers: [agent('publish', {
            verb: 'publish', work: '/work', outputs: ['plot'], results: ['recall'],
            store: { root: '/store', namespace: 'ml' }, record: { runUid: 'uid-fraud-run', step: 'evaluate', attempt: 2 },
          }, [work, { name: 'store', mountPath: '/store' }])],
          volumes: [
            { name: 'work', emptyDir: {} },
            { name: 'store', persistentVolumeClaim: { claimName: 'store' } },
            { name: 'claim-0', persistentVolumeClaim: { claimName: 'data', readOnly: true } },
          ],
        },
      },
    },
  });
});

const podOf = (job: Json): Json => asRecord(asRecord(asRecord(job['spec'])?.['template'])?.['spec']) ?? {};
const tasks = (job: Json): unknown[] => [...asItems(podOf(job)['initContainers']), ...asItems(podOf(job)['containers'])]
  .flatMap((container) => asItems(asRecord(container)?.['env'])).map(asRecord)
  .filter((variable) => variable?.['name'] === taskVariable).map((variable) => JSON.parse(String(variable?.['value'])) as unknown);

test('the Job of a profile is a fetch, the profile, and a publish', () => {
  const profiling = PipelineSpec.shape.steps.element.parse({
    name: 'baseline', profile: { input: 'rows', label: 'fraud' }, inputs: [{ name: 'rows', from: { step: 'train', output: 'model' } }],
  });
  const job = stepJob(site, profiling, status, { references, steps, models: [] }).body;
  const profile = agent('profile', { verb: 'profile', work: '/work', input: 'rows', label: 'fraud' }, [work]);
  expect(asItems(podOf(job)['initContainers'])[1]).toEqual({ ...profile, resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } } });
  expect(tasks(job)[2]).toMatchObject({ verb: 'publish', outputs: ['profile'], results: [] });
  expect(asRecord(asRecord(asRecord(asRecord(job['spec'])?.['template'])?.['metadata'])?.['annotations'])).toEqual({ 'kubectl.kubernetes.io/default-container': 'profile' });
  for (const task of tasks(job)) expect(Task.parse(task)).toEqual(task);
});

describe('a model among the inputs', () => {
  const comparing = PipelineSpec.shape.steps.element.parse({
    ...step, inputs: [{ name: 'champion', from: { championOf: 'scorer' } }, { name: 'parent', from: { modelVersionRef: { name: 'fraud-1' } } }],
  });
  const parent = { version: 'fraud-1', uri: 'pvc://store/ml/sha256/b', digest: digest('b') };
  const jobWith = (champion: ResolvedModel, others: Site['others'] = []) => stepJob({ ...site, others }, comparing, status, { references, steps, models: [champion, parent] }).body;
  const inputs = (job: Json): unknown => (tasks(job)[0] as { inputs: unknown }).inputs;

  test('is an empty folder while there is no champion, and no claim is mounted for it', () => {
    const job = jobWith({ championOf: 'scorer' });
    expect(inputs(job)).toEqual([{ name: 'champion' }, { name: 'parent', from: { root: '/store', path: 'ml/sha256/b' }, digest: digest('b') }]);
    expect(podOf(job)['volumes']).toHaveLength(2);
  });

  test('is read from the claim it lies on, near the pods that mount it', () => {
    const job = jobWith({ championOf: 'scorer', version: 'fraud-7', uri: 'pvc://other/ml/sha256/c', digest: digest('c') });
    expect(inputs(job)).toMatchObject([{ name: 'champion', from: { root: '/claims/other', path: 'ml/sha256/c' }, digest: digest('c') }, {}]);
    expect(podOf(job)['volumes']).toContainEqual({ name: 'claim-0', persistentVolumeClaim: { claimName: 'other', readOnly: true } });
    expect(podOf(job)['affinity']).toEqual({ podAffinity: {
      ...affinity.podAffinity,
      preferredDuringSchedulingIgnoredDuringExecution: [{
        weight: 100, podAffinityTerm: { labelSelector: { matchLabels: { 'modelkeeper.dev/store': 'other' } }, topologyKey: 'kubernetes.io/hostname' },
      }],
    } });
  });

  test('binds the pod to no node when its claim can be mounted on several', () => {
    const job = jobWith({ championOf: 'scorer', version: 'fraud-7', uri: 'pvc://other/x', digest: digest('c') }, [make.claim('other', { shared: true })]);
    expect(podOf(job)['affinity']).toEqual(affinity);
  });
});

describe('every task', () => {
  test('is one that the agent takes', () => {
    const all = [...tasks(body), ...tasks(recallJob(site, 'evaluate', status).body)];
    expect(all).toHaveLength(3);
    for (const task of all) expect(Task.parse(task)).toEqual(task);
  });

  test('of a recall reads the record of the same attempt, and writes nothing', () => {
    const job = recallJob(site, 'evaluate', status).body;
    expect(podOf(job)['containers']).toEqual([agent('recall', {
      verb: 'recall', store: { root: '/store', namespace: 'ml' }, record: { runUid: 'uid-fraud-run', step: 'evaluate', attempt: 2 },
    }, [readOnly])]);
    expect([job.metadata, podOf(job)['volumes']]).toEqual([
      { name: 'the-recall', labels: own }, [{ name: 'store', persistentVolumeClaim: { claimName: 'store' } }],
    ]);
  });
});

test('pods need not share a node when the store can be mounted on several', () => {
  const shared = stepJob({ ...site, claim: make.claim('store', { shared: true }) }, step, status, { references, steps, models: [] }).body;
  const expected = change(body, {}) as unknown as { spec: { template: { spec: Json } } };
  const { affinity: _, ...spec } = expected.spec.template.spec;
  expect(asRecord(asRecord(asRecord(shared['spec'])?.['template'])?.['spec'])).toEqual(spec);
  expect(_).toEqual(affinity);
});

test('the snapshot is kept whole', () => {
  const snapshot = { spec: make.pipeline().spec, claim: 'store' };
  expect(snapshotRevision('fraud-1', 'fraud', snapshot).body).toEqual({ metadata: { name: 'fraud-1', labels: { 'modelkeeper.dev/pipeline': 'fraud' } }, revision: 1, data: snapshot });
});

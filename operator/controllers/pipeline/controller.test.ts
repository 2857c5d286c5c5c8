import { describe, expect, test } from '@jest/globals';
import { at, Caches, change, frozen, make, now } from '../../../test/make.ts';
import { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import { issuerLabel } from '../../runtime/names.ts';
import { PersistentVolumeClaim } from '../resources/objects.ts';
import { pipelineController as controller } from './controller.ts';
import { digestLabel, specDigest, storeClaim } from './snapshot.ts';

const plain = make.pipeline();
const pipeline = change(plain, { spec: { triggers: { onChange: true } } });
const digest = specDigest(pipeline.spec);
const store = storeClaim(pipeline.metadata, pipeline.spec);
const ours = make.claim(store, { metadata: { labels: { [issuerLabel]: pipeline.metadata.uid } } });
const stored = (): Caches => new Caches().put(PersistentVolumeClaim, ours);
const ran = (name: string, changes: Parameters<typeof make.run>[0] = {}) => change(make.run({ metadata: { name, uid: `uid-${name}`, labels: { 'modelkeeper.dev/spec-digest': digestLabel(digest) } }, status: { finishedAt: at(-1) } }), changes);

const observed = (object: typeof pipeline, caches: Caches) => frozen(controller.observe(caches.read, object, undefined));
const decide = (object: typeof pipeline, caches: Caches) => controller.decide(frozen(object), observed(object, caches), now);
const children = (object: typeof pipeline, caches: Caches) => {
  const answer = controller.act(frozen(object), observed(object, caches)).children;
  return answer instanceof Array ? answer : [];
};

test('the store of its own is made first, and outlives the Pipeline', () => {
  expect(children(pipeline, new Caches())).toEqual([{
    life: 'Issue', resource: PersistentVolumeClaim,
    body: {
      metadata: { name: store, labels: { 'modelkeeper.dev/pipeline': 'fraud' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  }]);
  expect(decide(pipeline, new Caches())).toEqual({
    status: {}, conditions: { Ready: { status: 'Unknown', reason: 'StorePending', message: `PersistentVolumeClaim ${store} is being created` } }, activity: 'Working',
  });
});

test('a claim of another one with the same name is not taken for the store', () => {
  expect(decide(pipeline, new Caches().put(PersistentVolumeClaim, make.claim(store))).conditions.Ready.reason).toBe('StorePending');
});

test('a store that somebody brings is waited for', () => {
  const brought = change(pipeline, { spec: { artifactStore: { volume: { claimName: 'mine', storage: undefined } } } });
  expect(children(brought, new Caches())).toEqual([]);
  expect(decide(brought, new Caches()).conditions.Ready).toEqual({
    status: 'False', reason: 'StoreNotFound', message: 'PersistentVolumeClaim mine does not exist: create it or change spec.artifactStore.volume.claimName',
  });
});

describe('a run is started', () => {
  const starts: Record<string, { of: typeof pipeline; runs: ReturnType<typeof ran>[]; trigger: 'Change' | 'Annotation' | undefined }> = {
    'for a spec that has not run': { of: pipeline, runs: [], trigger: 'Change' },
    'for a spec that differs from the newest run': { of: pipeline, runs: [ran('a', { metadata: { labels: { 'modelkeeper.dev/spec-digest': 'other' } } })], trigger: 'Change' },
    'not for a spec that the newest run has run': { of: pipeline, runs: [ran('a')], trigger: undefined },
    'not for a spec that a run made by hand has run': {
      of: pipeline, runs: [ran('a', { metadata: { labels: { 'modelkeeper.dev/spec-digest': undefined } }, status: { snapshot: { name: 's', digest } } })], trigger: undefined,
    },
    'for a spec that the newest run was made for, and has not run: it took a later one': {
      of: pipeline, runs: [ran('a', { status: { snapshot: { name: 's', digest: 'sha256:later' } } })], trigger: 'Change',
    },
    'not while another one goes on': { of: pipeline, runs: [ran('a', { metadata: { labels: {} }, status: { finishedAt: undefined } })], trigger: undefined },
    'not without a trigger': { of: plain, runs: [], trigger: undefined },
    'not while suspended': { of: change(pipeline, { spec: { suspend: true }, metadata: { annotations: { 'modelkeeper.dev/run': '1' } } }), runs: [], trigger: undefined },
    'when someone asks for it': { of: change(plain, { metadata: { annotations: { 'modelkeeper.dev/run': '1' } } }), runs: [ran('a')], trigger: 'Annotation' },
    'not twice for the same token': { of: change(plain, { metadata: { annotations: { 'modelkeeper.dev/run': '1' } }, status: { runToken: '1' } }), runs: [ran('a')], trigger: undefined },
    'not again when people delete all runs': { of: change(pipeline, { status: { startedDigest: digest } }), runs: [], trigger: undefined },
    'not for runs of another Pipeline': { of: pipeline, runs: [ran('a', { spec: { pipelineRef: { name: 'other' } } })], trigger: 'Change' },
  };
  test.each(Object.entries(starts))('%s', (_name, { of, runs, trigger }) => {
    expect(decide(of, stored().put(PipelineRun, ...runs)).status.nextRun?.trigger).toBe(trigger);
  });
});

test('a run is recorded first, then made, and forgotten once it is there', () => {
  const caches = stored();
  expect(children(pipeline, caches).map(({ resource }) => resource.kind)).toEqual(['PersistentVolumeClaim']);
  const { status } = decide(pipeline, caches);
  expect(status).toEqual({ nextRun: { name: expect.stringMatching(/^fraud-[0-9a-f]{8}$/), digest, trigger: 'Change' }, startedDigest: digest });
  const recorded = change(pipeline, { status });
  expect(children(recorded, caches)[1]).toEqual({
    life: 'CreateOnce', resource: PipelineRun,
    body: {
      metadata: { name: status.nextRun?.name, labels: { 'modelkeeper.dev/pipeline': 'fraud', 'modelkeeper.dev/spec-digest': digestLabel(digest) } },
      spec: { pipelineRef: { name: 'fraud' }, trigger: { type: 'Change', by: 'Pipeline/fraud' } },
    },
  });
  caches.put(PipelineRun, ran(status.nextRun?.name ?? '', { status: { finishedAt: undefined } }));
  expect(children(recorded, caches).map(({ resource }) => resource.kind)).toEqual(['PersistentVolumeClaim']);
  expect(decide(recorded, caches).status).toEqual({ lastRun: { name: status.nextRun?.name, result: 'Running' }, startedDigest: digest });
});

test('what the newest run took is on record, also when it was made for another spec', () => {
  const made = change(pipeline, { status: { startedDigest: 'sha256:made' } });
  expect(decide(made, stored().put(PipelineRun, ran('a', { status: { snapshot: { name: 's', digest } } }))).status.startedDigest).toBe(digest);
  expect(decide(made, stored().put(PipelineRun, ran('a', { status: { snapshot: undefined } }))).status.startedDigest).toBe('sha256:made');
});

test('a run of a spec that has changed meanwhile is not made', () => {
  const recorded = change(pipeline, { status: { nextRun: { name: 'old', digest: 'sha256:old', trigger: 'Change' } } });
  expect(children(recorded, stored())).toHaveLength(1);
  expect(decide(recorded, stored()).status.nextRun?.name).not.toBe('old');
});

test('a token set while another run is being made is acted on later', () => {
  const asked = (token: string, status = {}) => change(plain, { metadata: { annotations: { 'modelkeeper.dev/run': token } }, status });
  const first = decide(asked('1'), stored()).status;
  expect(first.runToken).toBe('1');
  const second = decide(asked('2', first), stored()).status;
  expect(second).toEqual(first);
  const made = stored().put(PipelineRun, ran(first.nextRun?.name ?? ''));
  expect(decide(asked('2', first), made).status).toEqual({ nextRun: expect.objectContaining({ trigger: 'Annotation' }), runToken: '2', startedDigest: digest, lastRun: { name: first.nextRun?.name, result: 'Failed' } });
});

describe('nothing is started, and people are told, when', () => {
  const broken = (spec: Parameters<typeof make.pipeline>[0]) => {
    const { status, conditions, activity } = decide(change(pipeline, spec), stored());
    return { nextRun: status.nextRun, reason: conditions.Ready.reason, message: conditions.Ready.message, activity };
  };
  test('a step uses something unknown', () => {
    expect(broken({ spec: { params: [] } })).toEqual({
      nextRun: undefined, reason: 'InvalidReference', message: 'step train: $(params.seed) names nothing that this step can use', activity: 'Stalled',
    });
  });
  test('a gate compares with a champion that nothing scores', () => {
    expect(broken({ spec: { register: { policy: { gates: [{ name: 'g', expression: '!has(champion.metrics) || true' }] } } } })).toMatchObject({
      reason: 'InvalidReference', message: 'gate g compares with the champion, but no metric has one: set spec.register.metrics[].champion',
    });
  });

  test('a gate cannot be evaluated', () => {
    expect(broken({ spec: { register: { policy: { gates: [{ name: 'g', expression: 'metrics.recall >' }] } } } })).toEqual({
      nextRun: undefined, reason: 'InvalidReference', message: 'gate g: Unexpected token: EOF', activity: 'Stalled',
    });
  });
});

test('what a change of a run or a claim affects is its Pipeline', () => {
  const caches = new Caches().put(controller.kind, pipeline);
  const [runs, claims] = controller.reads;
  expect(runs!.affects(make.run(), caches.read)).toEqual(['ml/fraud']);
  expect(runs!.affects({ ...make.run(), spec: undefined } as never, caches.read)).toEqual([]);
  expect(claims!.affects(make.claim(store), caches.read)).toEqual(['ml/fraud']);
  expect(claims!.affects(make.claim('other'), caches.read)).toEqual([]);
});

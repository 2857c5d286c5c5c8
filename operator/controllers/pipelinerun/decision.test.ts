import { describe, expect, test } from '@jest/globals';
import { at, Caches, change, digest, frozen, make, message, namespace, now, settings } from '../../../test/make.ts';
import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../api/v1alpha1/pipeline.ts';
import { issuerLabel } from '../../runtime/names.ts';
import { specDigest, storeClaim } from '../pipeline/snapshot.ts';
import { ControllerRevision } from '../resources/objects.ts';
import { Job, Pod } from '../resources/workloads.ts';
import { pipelineRunController } from './controller.ts';
import type { LiveRun } from './observation.ts';
import { jobName } from './steps.ts';

const controller = pipelineRunController(settings);
const pipeline = make.pipeline();
const digestNow = specDigest(pipeline.spec);
const snapshot = { name: 'snapshot', digest: digestNow };
const frozenSpec = { spec: pipeline.spec, claim: storeClaim(pipeline.metadata, pipeline.spec) };
const run = make.run({ status: { snapshot, startedAt: at(-10) } });
const revision = make.revision('snapshot', run.metadata, frozenSpec);
const name = jobName(run.metadata, 'train', 1);
const jobMeta = make.job(name, run.metadata, { metadata: { labels: { 'modelkeeper.dev/run': 'fraud-run' } } }).metadata;

const trained = make.step('train', 'Succeeded', { attempt: 1, job: { name, uid: jobMeta.uid }, outputs: [{ name: 'model', digest: digest('a'), bytes: 7 }] });
const evaluated = (recall: string) => make.step('evaluate', 'Succeeded', { attempt: 1, results: [{ name: 'recall', value: recall }] });
const goingOn = make.step('train', 'Running', { attempt: 1, job: { name, uid: jobMeta.uid } });

const world = (): Caches => new Caches().put(Pipeline, pipeline).put(ControllerRevision, revision);
const decide = (object: LiveRun, caches = world()) => controller.decide(frozen(object), frozen(controller.observe(caches.read, object, undefined)), now);
const act = (object: LiveRun, caches = world()) => controller.act(frozen(object), frozen(controller.observe(caches.read, object, undefined)));
const names = (object: LiveRun, caches?: Caches) => {
  const { children, remove = [] } = act(object, caches);
  return { children: children instanceof Array ? children.map(({ resource, body }) => `${resource.kind}/${body.metadata.name}`) : 'hold', remove: remove.map(({ object: { metadata } }) => metadata.name) };
};
const verdict = (object: LiveRun, caches?: Caches) => {
  const { status, conditions: { Succeeded }, activity } = decide(object, caches);
  return { is: Succeeded.status, reason: Succeeded.reason, message: Succeeded.message, activity, finished: status.finishedAt !== undefined };
};

describe('a run', () => {
  test('records which spec it runs before it freezes it', () => {
    const fresh = make.run();
    expect(names(fresh)).toEqual({ children: [], remove: [] });
    const { status, conditions, activity } = decide(fresh);
    expect({ status, conditions, activity }).toEqual({
      status: { ...fresh.status, startedAt: at(0), progress: '0/2', snapshot: { name: 'fraud-7b66e566', digest: digestNow } },
      conditions: { Succeeded: { status: 'Unknown', reason: 'Starting', message: 'the spec of the Pipeline is being frozen' } },
      activity: 'Working',
    });
  });

  test('freezes what it has recorded, and nothing newer', () => {
    const bare = new Caches().put(Pipeline, pipeline);
    expect(names(run, bare).children).toEqual(['ControllerRevision/snapshot']);
    const changed = make.pipeline({ spec: { params: [] } });
    const later = new Caches().put(Pipeline, changed);
    expect(names(run, later).children).toEqual([]);
    expect(decide(run, later).status.snapshot?.digest).toBe(specDigest(changed.spec));
  });

  test('waits for a Pipeline that does not exist', () => {
    expect(verdict(make.run(), new Caches())).toEqual({
      is: 'Unknown', reason: 'PipelineNotFound', message: 'Pipeline fraud does not exist or is not valid', activity: 'Working', finished: false,
    });
  });

  test('goes on with what was frozen when the Pipeline is gone', () => {
    expect(decide(run, new Caches().put(ControllerRevision, revision)).status.steps[0]?.state).toBe('Running');
  });

  test('takes no ControllerRevision of another owner for its own', () => {
    const foreign = make.revision('snapshot', make.meta('someone'), frozenSpec);
    expect(decide(run, new Caches().put(Pipeline, pipeline).put(ControllerRevision, foreign)).status.steps).toEqual([]);
  });

  test('does not swap its spec for another one on the way', () => {
    const onTheWay = change(run, { status: { steps: [trained] } });
    const lost = new Caches().put(Pipeline, make.pipeline({ spec: { params: [] } }));
    expect(verdict(onTheWay, lost)).toEqual({
      is: 'False', reason: 'SnapshotLost', activity: 'Stalled', finished: true,
      message: 'ControllerRevision snapshot was deleted while the run went on, and Pipeline fraud has changed since',
    });
    expect(names(onTheWay, new Caches().put(Pipeline, pipeline)).children).toEqual(['ControllerRevision/snapshot']);
  });

  test('fails on an unknown parameter before any Job', () => {
    const wrong = change(run, { spec: { params: [{ name: 'sead', value: '1' }] } });
    expect(verdict(wrong)).toEqual({ is: 'False', reason: 'InvalidParameter', message: 'the Pipeline has no parameter "sead"', activity: 'Stalled', finished: true });
  });

  test('makes a Job only after it is on record', () => {
    expect(names(run).children).toEqual([]);
    const recorded = change(run, { status: decide(run).status });
    expect(names(recorded).children).toEqual([`Job/${name}`]);
  });

  test('never makes a Job again that it has seen', () => {
    expect(names(change(run, { status: { steps: [goingOn] } })).children).toEqual([]);
  });

  test('makes a Job that reads the record of a lost report', () => {
    const recalling = change(run, { status: { steps: [change(goingOn, { job: { recall: 'recall' } })] } });
    expect(names(recalling).children).toEqual(['Job/recall']);
  });

  test('is a failure of the step that failed', () => {
    const failed = change(run, { status: { steps: [make.step('train', 'Failed', { reason: 'StepFailed', message: 'exit 1' }), make.step('evaluate', 'Omitted')] } });
    expect(verdict(failed)).toEqual({ is: 'False', reason: 'StepFailed', message: 'step train: exit 1', activity: 'Stalled', finished: true });
  });

  test('never changes after its end', () => {
    const over = change(run, { spec: { cancel: true }, status: { finishedAt: at(-1), steps: [goingOn], conditions: [{ type: 'Succeeded', status: 'True', reason: 'Completed', message: 'm', lastTransitionTime: at(-1) }] } });
    const { status, activity } = decide(over, new Caches());
    expect({ status, activity }).toEqual({ status: over.status, activity: 'Settled' });
  });
});

describe('a run that reads models', () => {
  const inputs = [{ name: 'champion', from: { championOf: 'scorer' } }, { name: 'parent', from: { modelVersionRef: { name: 'fraud-1' } } }];
  const reading = make.pipeline({ spec: { steps: pipeline.spec.steps.map((step, at) => (at === 0 ? { ...step, inputs } : step)) } });
  const uri = 'pvc://old/ml/sha256/b';
  const serving = make.deployment({ status: {
    activeVersion: 'fraud-3',
    versions: [{ name: 'fraud-3', role: 'Active', state: 'Ready', weight: 100, uri, digest: digest('b'), format: 'sklearn', agentImage: '', serverImage: '' }],
  } });
  const parent = make.readyVersion('fraud-1');
  const recordedParent = { version: 'fraud-1', uri: parent.spec.artifact.uri, digest: parent.spec.artifact.digest };
  const worldOf = (...versions: (typeof parent)[]) => new Caches().put(Pipeline, reading).put(ModelVersion, ...versions).put(ModelDeployment, serving);

  test('records the active version from what serves, also when its ModelVersion is gone', () => {
    expect(decide(make.run(), worldOf(parent)).status.models).toEqual([{ championOf: 'scorer', version: 'fraud-3', uri, digest: digest('b') }, recordedParent]);
  });

  test.each<[string, typeof serving | undefined]>([
    ['no ModelDeployment', undefined],
    ['a ModelDeployment that has nothing active', make.deployment()],
  ])('records that there is no champion with %s', (_name, deployment) => {
    const caches = new Caches().put(Pipeline, reading).put(ModelVersion, parent);
    if (deployment) caches.put(ModelDeployment, deployment);
    expect(decide(make.run(), caches).status.models).toEqual([{ championOf: 'scorer' }, recordedParent]);
  });

  test('keeps what it has recorded when another version becomes active', () => {
    const started = change(make.run(), { status: { snapshot: { name: 'snapshot', digest: specDigest(reading.spec) }, models: [{ championOf: 'scorer' }, recordedParent] } });
    expect(decide(started, worldOf(parent)).status.models).toEqual([{ championOf: 'scorer' }, recordedParent]);
    expect(names(started, worldOf(parent)).children).toEqual(['ControllerRevision/snapshot']);
  });

  const verdictOf = (status: 'False' | 'Unknown') => make.version({ status: { conditions: [{ type: 'Ready', status, reason: 'R', message: 'recall is low', lastTransitionTime: at(0) }] } });
  test.each([
    ['waits for a version that does not exist', [], 'Unknown', 'ModelVersionNotFound', 'ModelVersion fraud-1 does not exist or is not valid'],
    ['waits for a version that has no verdict', [make.version()], 'Unknown', 'ModelVersionNotReady', 'waiting until ModelVersion fraud-1 is Ready'],
    ['waits for a version that is being verified', [verdictOf('Unknown')], 'Unknown', 'ModelVersionNotReady', 'waiting until ModelVersion fraud-1 is Ready'],
    ['ends with a version that may not be used', [verdictOf('False')], 'False', 'ModelVersionNotReady', 'ModelVersion fraud-1 may not be used: recall is low'],
  ])('%s', (_name, versions, is, ...[reason, message]) => {
    const decided = decide(make.run(), worldOf(...versions));
    expect(verdict(make.run(), worldOf(...versions))).toEqual({ is, reason, message, activity: is === 'False' ? 'Stalled' : 'Working', finished: is === 'False' });
    expect([decided.status.snapshot, decided.status.models, decided.recheckAfterMs]).toEqual([undefined, [], is === 'False' ? undefined : 5_000]);
  });

  test('does not take a ModelDeployment that cannot be read for one without a champion', () => {
    const caches = new Caches().put(Pipeline, reading).put(ModelVersion, parent).put(ModelDeployment, { ...serving, problem: 'status.versions: too many' });
    expect(verdict(make.run(), caches)).toMatchObject({ is: 'Unknown', reason: 'ChampionUnknown', message: 'ModelDeployment scorer is not valid, so its active version is not known' });
  });
});

describe('a cancelled run', () => {
  const cancelled = change(run, { spec: { cancel: true }, status: { steps: [goingOn, make.step('evaluate', 'Pending')] } });
  const pod = (phase: string) => make.pod('p', jobMeta, { phase });

  test('that has not started ends at once', () => {
    expect(verdict(make.run({ spec: { cancel: true } }))).toEqual({ is: 'False', reason: 'Cancelled', message: 'the run was cancelled before it started', activity: 'Settled', finished: true });
  });

  test('removes the Jobs that go on and keeps those that have ended', () => {
    const caches = world().put(Job, make.job(name, run.metadata), make.job('old', run.metadata, { ended: 'Failed' }), make.job('done', run.metadata, { ended: 'Complete' }), make.job('foreign', make.meta('other')));
    expect(names(cancelled, caches)).toEqual({ children: [], remove: [name] });
  });

  test('waits until its pods have ended', () => {
    expect(verdict(cancelled, world().put(Pod, pod('Running')))).toEqual({
      is: 'Unknown', reason: 'Cancelling', message: 'waiting for the pods of train to end', activity: 'Working', finished: false,
    });
    expect(verdict(cancelled, world().put(Pod, pod('Failed')))).toEqual({ is: 'False', reason: 'Cancelled', message: 'the run was cancelled', activity: 'Settled', finished: true });
  });

  test('ends also when the report of a complete Job is lost', () => {
    const caches = world().put(Job, make.job(name, run.metadata, { ended: 'Complete' })).put(Pod, pod('Succeeded'));
    expect(verdict(cancelled, caches).reason).toBe('Cancelled');
  });

  test('removes a Job that shows up after its end', () => {
    const over = change(cancelled, { status: { finishedAt: at(-1) } });
    expect(names(over, world().put(Job, make.job(name, run.metadata))).remove).toEqual([name]);
  });
});

describe('registration', () => {
  const done = change(run, { status: { steps: [trained, evaluated('0.8')] } });
  const owned = (version: string) => make.version({ metadata: { name: version, uid: `uid-${version}`, labels: { [issuerLabel]: run.metadata.uid } } });
  const foreign = (version: string) => make.version({ metadata: { name: version, uid: `uid-${version}` } });

  test('records the next number first, also in the pass in which the last step ends', () => {
    const last = jobName(run.metadata, 'evaluate', 1);
    const ending = change(run, { status: { steps: [trained, make.step('evaluate', 'Running', { attempt: 1, job: { name: last, uid: `uid-${last}` } })] } });
    const complete = make.job(last, run.metadata, { ended: 'Complete', metadata: { labels: { 'modelkeeper.dev/run': 'fraud-run' } } });
    const told = message({ results: [{ name: 'recall', value: '0.8' }] });
    const caches = world().put(ModelVersion, foreign('fraud-7')).put(Job, complete)
      .put(Pod, make.pod('p', complete.metadata, { phase: 'Succeeded', containers: [{ name: 'publish', exit: { code: 0, reason: 'Completed', message: told } }] }));
    const { status, conditions } = decide(ending, caches);
    expect({ name: status.modelVersionRef, condition: conditions.Succeeded }).toEqual({
      name: { name: 'fraud-8' }, condition: { status: 'Unknown', reason: 'Registering', message: 'registering fraud-8' },
    });
  });

  test('makes the version that is on record', () => {
    expect(names(done).children).toEqual([]);
    expect(names(change(done, { status: { modelVersionRef: { name: 'fraud-1' } } })).children).toEqual(['ModelVersion/fraud-1']);
  });

  test('takes the next number when another has taken this one', () => {
    const recorded = change(done, { status: { modelVersionRef: { name: 'fraud-1' } } });
    expect(decide(recorded, world().put(ModelVersion, foreign('fraud-1'))).status.modelVersionRef).toEqual({ name: 'fraud-2' });
  });

  test('is done when the version is seen', () => {
    const recorded = change(done, { status: { modelVersionRef: { name: 'fraud-1' } } });
    const caches = world().put(ModelVersion, owned('fraud-1'));
    expect(verdict(recorded, caches)).toEqual({ is: 'True', reason: 'Completed', message: 'all steps succeeded; registered fraud-1', activity: 'Settled', finished: true });
    expect(decide(recorded, caches).status.modelVersionRef).toEqual({ name: 'fraud-1', uid: 'uid-fraud-1' });
  });

  test('is refused with a metric that is not a number', () => {
    const nan = change(run, { status: { steps: [trained, evaluated('nan')] } });
    expect(verdict(nan)).toEqual({
      is: 'False', reason: 'NonFiniteMetric', message: 'metric recall: result recall of step evaluate is "nan", not a finite number', activity: 'Stalled', finished: true,
    });
  });

  test('is left out by a Pipeline without it', () => {
    const caches = world().remove(ControllerRevision, revision).put(ControllerRevision, make.revision('snapshot', run.metadata, { ...frozenSpec, spec: { ...pipeline.spec, register: undefined } }));
    expect(verdict(done, caches)).toEqual({ is: 'True', reason: 'Completed', message: 'all steps succeeded', activity: 'Settled', finished: true });
  });
});

test('what a change of a pod or a version affects is its run', () => {
  const label = { metadata: { labels: { 'modelkeeper.dev/run': 'fraud-run' } } };
  const reads = (kind: string) => controller.reads.find(({ resource }) => resource.kind === kind)!;
  expect(reads('Pod').affects(make.pod('p', jobMeta), world().read)).toEqual(['ml/fraud-run']);
  expect(reads('ModelVersion').affects(make.version(label), world().read)).toEqual(['ml/fraud-run']);
  expect(reads('ModelVersion').affects(make.version(), world().read)).toEqual([]);
  expect(reads('PersistentVolumeClaim').affects(make.claim('store'), world().read)).toEqual([]);
  const caches = world().put(controller.kind, make.run(), make.run({ metadata: { name: 'frozen', uid: 'f' }, status: { snapshot } }));
  expect(reads('Pipeline').affects(pipeline, caches.read)).toEqual([`${namespace}/fraud-run`]);
});

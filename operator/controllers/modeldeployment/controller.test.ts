import { describe, expect, test } from '@jest/globals';
import { at, Caches, change, digest, frozen, make, now, settings, type Change } from '../../../test/make.ts';
import type { ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { Deployment } from '../resources/objects.ts';
import { Pod } from '../resources/workloads.ts';
import { labels } from '../labels.ts';
import { modelChildName } from './children.ts';
import { modelDeploymentController } from './controller.ts';
import type { LiveDeployment } from './observation.ts';
import { routerConfig, toldOf } from './routing.ts';
import type { RouterFacts } from './source.ts';

const source = { want: () => undefined, facts: () => new Map(), onChange: () => undefined };
const controller = modelDeploymentController(settings, source);
type Version = ModelDeploymentStatus['versions'][number];
const version = (name: string, role: Version['role'], weight: number): Version => ({
  name, role, state: 'Ready', weight, uri: `pvc://store/ml/sha256/${'a'.repeat(64)}`, digest: digest('a'), format: 'sklearn', agentImage: settings.image, serverImage: settings.presets.mlserver,
});
const fresh = make.deployment();
const steady = make.deployment({ status: { desiredVersion: 'fraud-1', activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, versions: [version('fraud-1', 'Active', 100)] } });
const stepping = change(steady, {
  status: {
    desiredVersion: 'fraud-2', rollout: { version: 'fraud-2', startedAt: at(-60), verdicts: [] }, step: { index: 0, startedAt: at(-30), verifiedAt: at(-20) }, weight: { desired: 20, verified: 20 },
    versions: [version('fraud-1', 'Active', 80), version('fraud-2', 'Candidate', 20)],
  },
});

/** A cluster in which everything runs: versions, pods and two routers. */
function world(...names: string[]): Caches {
  const port = { metadata: { labels: { [labels.modelDeployment]: 'scorer', [labels.component]: 'model', [labels.port]: '8080' } } };
  const caches = new Caches().put(Pod, make.routerPod('r1'), make.routerPod('r2'));
  for (const name of names) {
    caches.put(ModelVersion, make.readyVersion(name)).put(Deployment, make.pods(modelChildName(fresh.metadata, name), fresh.metadata))
      .put(Pod, make.modelPod(`${name}-x`, name, change(port, { metadata: { labels: { [labels.modelVersion]: name } } as never })));
  }
  return caches;
}
/** What routers say that are at the recorded configuration. */
function confirmed(object: LiveDeployment, errors = 0): RouterFacts {
  const config = routerConfig(object, { endpoints: () => [], baseline: () => undefined });
  const { revision } = config;
  const labelled = { correct: 0, total: 0, truePositive: 0, falsePositive: 0, falseNegative: 0 };
  const counts = ['fraud-1', 'fraud-2'].map((name) => ({ version: name, requests: 500, errors: name === 'fraud-2' ? errors : 0, labels: labelled }));
  const { window } = routerConfig(object);
  return new Map(['uid-r1', 'uid-r2'].map((uid) => [uid, { revision, summary: { podUid: uid, revision, window, counts }, asked: toldOf(config) }]));
}
const look = (object: LiveDeployment, caches: Caches, facts: RouterFacts = new Map()) => controller.observe(caches.read, frozen(object), facts);
const decide = (object: LiveDeployment, caches: Caches, facts?: RouterFacts) => controller.decide(frozen(object), frozen(look(object, caches, facts)), now);
const act = (object: LiveDeployment, caches: Caches) => {
  const { children, want } = controller.act(frozen(object), frozen(look(object, caches)));
  return { children: children instanceof Array ? children.map(({ resource, body }) => `${resource.kind}/${body.metadata.name}`) : 'hold', want };
};
const conditions = (of: ReturnType<typeof decide>) => Object.fromEntries(Object.entries(of.conditions).map(([type, { status, reason }]) => [type, `${status} ${reason}`]));

test('a model without versions has its address and routers, and says what it waits for', () => {
  const router = act(fresh, world()).children;
  expect(router).toEqual([expect.stringMatching(/^ConfigMap\/scorer-/), expect.stringMatching(/^Deployment\/scorer-/), 'Service/scorer', expect.stringMatching(/^NetworkPolicy\/scorer-/)]);
  const { status, activity, ...decision } = decide(fresh, world());
  expect([status, activity, conditions({ status, activity, ...decision })]).toEqual([
    { ...fresh.status, url: 'http://scorer.ml.svc', replicas: 0, selector: '' }, 'Working',
    { Ready: 'Unknown NoReadyVersion', Available: 'False NoPodReady', Progressing: 'False Settled', AnalysisPassed: 'Unknown NotAnalysed', RolledBack: 'False NotRolledBack', RoutersUpToDate: 'Unknown NotTold' },
  ]);
});

test('the first version is recorded, then made', () => {
  const caches = world().put(ModelVersion, make.readyVersion('fraud-1'));
  const { status } = decide(fresh, caches);
  expect(status.versions).toEqual([{ ...version('fraud-1', 'Candidate', 100), state: 'Pending' }]);
  const name = modelChildName(fresh.metadata, 'fraud-1');
  expect(act(change(fresh, { status }), caches).children).toEqual(expect.arrayContaining([`Deployment/${name}`, `Service/${name}`]));
});

test('a model that is rolled out is ready and says where it is', () => {
  const { status, activity, ...decision } = decide(steady, world('fraud-1'), confirmed(steady));
  expect([status.url, status.replicas, status.selector, status.weight, activity, decision.recheckAfterMs]).toEqual([
    'http://scorer.ml.svc', 1, 'modelkeeper.dev/model-deployment=scorer,modelkeeper.dev/component=model,modelkeeper.dev/model-version=fraud-1', { desired: 100, verified: 100 }, 'Settled', undefined,
  ]);
  expect(conditions({ status, activity, ...decision })).toEqual({
    Ready: 'True RolledOut', Available: 'True Serving', Progressing: 'False Settled', AnalysisPassed: 'Unknown NotAnalysed', RolledBack: 'False NotRolledBack', RoutersUpToDate: 'True UpToDate',
  });
});

describe('routers', () => {
  const known = change(steady, { status: { conditions: [{ type: 'RoutersUpToDate', status: 'True', reason: 'UpToDate', message: 'every router has the configuration', lastTransitionTime: at(-9) }] } });
  const { want } = act(known, world('fraud-1'));
  test.each<[string, 'revision' | 'asked', string, string]>([
    ['were up to date a moment ago, and are about to be told something else', 'revision', 'an earlier one', 'True UpToDate'],
    ['do not have what they were told', 'asked', want ? toldOf(want.config) : '', 'False Behind'],
  ])('%s', (_what, field, value, expected) => {
    const facts = new Map([...confirmed(known)].map(([uid, fact]) => [uid, { ...fact, revision: 'an earlier one', asked: 'something else', [field]: value }]));
    expect(conditions(decide(known, world('fraud-1'), facts))['RoutersUpToDate']).toBe(expected);
  });
});

describe('what serves goes on serving', () => {
  test('when its ModelVersion is gone', () => {
    const caches = world('fraud-1').remove(ModelVersion, make.readyVersion('fraud-1'));
    expect(act(steady, caches).children).toEqual(act(steady, world('fraud-1')).children);
    expect(decide(steady, caches, confirmed(steady)).status.versions).toEqual(steady.status.versions);
  });
  test('when its ModelVersion is no longer ready', () => {
    const caches = new Caches().put(ModelVersion, make.version());
    expect(act(steady, caches).children).toContain(`Deployment/${modelChildName(steady.metadata, 'fraud-1')}`);
    expect(decide(steady, caches).status.activeVersion).toBe('fraud-1');
  });
});

describe('a rollout', () => {
  test('goes on when what the routers counted is good', () => {
    const judged = change(stepping, { status: { rollout: { verdicts: [{ name: 'errors', verdict: 'Passed', message: 'm' }] } } });
    const { status, recheckAfterMs } = decide(judged, world('fraud-1', 'fraud-2'), confirmed(judged));
    expect([status.step?.index, status.weight, recheckAfterMs]).toEqual([1, { desired: 50, verified: 20 }, 2_000]);
  });

  test('is rolled back when it is bad, and the spec is left alone', () => {
    const bad = decide(stepping, world('fraud-1', 'fraud-2'), confirmed(stepping, 100));
    expect(bad.status.versions.map(({ name, role, weight }) => [name, role, weight])).toEqual([['fraud-1', 'Active', 100], ['fraud-2', 'Draining', 0]]);
    expect(bad.status.failedVersion).toEqual({
      name: 'fraud-2', reason: 'AnalysisFailed', at: at(0), message: 'errors: ErrorRate: 20.0 % against 0.0 % of the active version, worse than the allowed 2.0 %',
    });
    expect([bad.activity, conditions(bad)['Ready'], conditions(bad)['RolledBack'], conditions(bad)['AnalysisPassed']]).toEqual(['Stalled', 'False RolledBack', 'True AnalysisFailed', 'False Failed']);
  });

  test('counts nothing of another window', () => {
    const old = confirmed(change(stepping, { status: { step: { index: 7 } } }), 100);
    expect(decide(stepping, world('fraud-1', 'fraud-2'), old).status.failedVersion).toBeUndefined();
  });

  test.each([['promote', 'activeVersion', 'fraud-2'], ['abort', 'activeVersion', 'fraud-1']] as const)('obeys people who %s it by annotation', (request, field, value) => {
    const asked = change(stepping, { metadata: { annotations: { [`modelkeeper.dev/${request}`]: 'now' } } });
    const { status } = decide(asked, world('fraud-1', 'fraud-2'), confirmed(stepping));
    expect([status[field], status.rollout, status.handled[request]]).toEqual([value, undefined, 'now']);
  });

  test('waits for people when nothing is known by the deadline', () => {
    const late = change(stepping, { status: { step: { startedAt: at(-611) }, rollout: { verdicts: [{ name: 'errors', verdict: 'NoData', message: 'ErrorRate: no requests yet' }] } } });
    const facts = new Map([...confirmed(late)].map(([uid, fact]) => [uid, { ...fact, summary: undefined }]));
    const decision = decide(late, world('fraud-1', 'fraud-2'), facts);
    expect([decision.activity, decision.conditions.Ready]).toEqual(['Stalled', {
      status: 'False', reason: 'AnalysisInconclusive', message: 'errors: ErrorRate: no requests yet; set the annotation modelkeeper.dev/promote or modelkeeper.dev/abort',
    }]);
  });

  test('says why the pods of a new version do not start', () => {
    const starting = change(stepping, { status: { step: undefined, versions: [version('fraud-1', 'Active', 100), version('fraud-2', 'Candidate', 0)] } });
    const pod = make.modelPod('x', 'fraud-2', { ready: false, phase: 'Pending', containers: [{ name: 'server', waiting: 'ImagePullBackOff' }] });
    const caches = world('fraud-1').put(ModelVersion, make.readyVersion('fraud-2')).put(Pod, pod);
    expect(decide(starting, caches, confirmed(starting)).conditions.Progressing).toEqual({
      status: 'True', reason: 'Starting', message: 'waiting for the pods of fraud-2: container server: ImagePullBackOff',
    });
  });
});

describe('a runtime that changes under a version that serves', () => {
  const image = (of: LiveDeployment, caches: Caches): unknown => {
    const { children } = controller.act(frozen(of), frozen(look(of, caches)));
    const made = children instanceof Array ? children.find(({ body }) => body.metadata.name === modelChildName(of.metadata, 'fraud-1')) : undefined;
    return [made?.life, JSON.stringify(made?.body).match(/"server","image":"([^"]*)"/)?.[1]];
  };
  const held = (changes: Partial<Version>): LiveDeployment => change(steady, { status: { versions: [{ ...version('fraud-1', 'Active', 100), ...changes }] } });
  const served = held({ serverImage: '' });

  test('from a container to a preset leaves the pods as they are until the image of the preset is on record', () => {
    const caches = world('fraud-1');
    const { status } = decide(served, caches);
    expect([image(served, caches), status.versions[0]?.serverImage, image(change(served, { status }), caches)]).toEqual([
      ['CreateOnce', undefined], settings.presets.mlserver, ['Apply', settings.presets.mlserver],
    ]);
  });

  test('from a preset to a container forgets the image of the preset', () => {
    const container = { image: 'my/server:1', command: [], args: [], env: [] };
    const own = change(steady, { spec: { runtime: { type: 'Container', preset: undefined, container, port: 9000, protocol: 'V2' } } });
    expect([decide(own, world('fraud-1')).status.versions[0]?.serverImage, image(own, world('fraud-1'))]).toEqual(['', ['Apply', 'my/server:1']]);
  });

  test('to a preset that cannot serve it leaves the pods as they are, and says so', () => {
    const foreign = held({ format: 'pytorch' });
    expect([image(foreign, world('fraud-1')), conditions(decide(foreign, world('fraud-1'), confirmed(foreign))).Ready]).toEqual([['CreateOnce', undefined], 'False FormatUnsupported']);
  });

  test('makes no pods of which nobody knows how they serve', () => {
    const { children } = act(served, new Caches().put(ModelVersion, make.readyVersion('fraud-1')));
    expect(children).not.toContain(`Deployment/${modelChildName(served.metadata, 'fraud-1')}`);
  });
});

describe('which version is asked for', () => {
  const target = (changes: Change<LiveDeployment>, ...versions: ReturnType<typeof make.version>[]) => {
    const found = look(change(fresh, changes), new Caches().put(ModelVersion, ...versions)).target;
    return 'version' in found ? found.version : found.reason;
  };
  const ref = (name: string): Change<LiveDeployment> => ({ spec: { version: { type: 'Ref', ref: { name } } } });
  test.each<[string, string, string]>([
    ['the newest by number, not by name', target({}, make.readyVersion('fraud-9'), make.readyVersion('fraud-10'), make.version({ metadata: { name: 'fraud-11' } })), 'fraud-10'],
    ['none of another model', target({}, make.readyVersion('credit-1', { spec: { model: 'credit' } })), 'NoReadyVersion'],
    ['none that is being deleted', target({}, make.readyVersion('fraud-1', { metadata: { deletionTimestamp: at(0) } })), 'NoReadyVersion'],
    ['the one that is named', target(ref('fraud-1'), make.readyVersion('fraud-1'), make.readyVersion('fraud-2')), 'fraud-1'],
    ['none that does not exist', target(ref('fraud-3')), 'VersionNotFound'],
    ['none of another model by name', target(ref('fraud-1'), make.readyVersion('fraud-1', { spec: { model: 'credit' } })), 'ModelMismatch'],
    ['none that is not ready', target(ref('fraud-1'), make.version()), 'VersionNotReady'],
    ['none that the preset cannot serve', target({}, make.readyVersion('fraud-1', { spec: { format: { name: 'pytorch' } } })), 'FormatUnsupported'],
  ])('%s', (_name, found, expected) => expect(found).toBe(expected));
});

test('what a change of a version or a pod affects are the deployments of its model', () => {
  const caches = new Caches().put(controller.kind, fresh, make.deployment({ metadata: { name: 'other', uid: 'o' }, spec: { model: 'credit' } }));
  const [versions, pods, claims] = controller.reads;
  expect(versions!.affects(make.version(), caches.read)).toEqual(['ml/scorer']);
  expect(pods!.affects(make.routerPod('r'), caches.read)).toEqual(['ml/scorer']);
  expect(pods!.affects({ metadata: make.meta('x') }, caches.read)).toEqual([]);
  expect(claims!.affects(make.claim('c'), caches.read)).toEqual([]);
});

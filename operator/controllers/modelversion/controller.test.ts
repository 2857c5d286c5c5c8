import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Caches, change, frozen, make, now, settings, sources } from '../../../test/make.ts';
import { ModelDeployment } from '../../api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { fileDigest } from '../../dataplane/manifest.ts';
import { profileLine } from '../../dataplane/task.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { ConfigMap } from '../resources/objects.ts';
import { Job, Pod } from '../resources/workloads.ts';
import { verifyJobName } from './children.ts';
import { configMapNameOf } from './profile.ts';
import { printJobName } from './publication.ts';
import type { LogFact } from './source.ts';
import { modelVersionController } from './controller.ts';

const controller = modelVersionController(settings, sources.profiles);
const version = make.version();
const name = verifyJobName(version.metadata, 0);
const verified = change(version, { status: { verification: { job: name, outcome: 'Verified' } } });
const gated = (expression: string) => change(verified, { spec: { policy: { gates: [{ name: 'good', expression }] } } });
const decide = (object: typeof version, caches = new Caches()) => controller.decide(frozen(object), frozen(controller.observe(caches.read, object, undefined)), now);
const noGates = { digest: digestOf([]), outcome: 'Passed', message: 'the version has no gates' };
const jobs = (object: typeof version) => {
  const { children } = controller.act(object, controller.observe(new Caches().read, object, undefined));
  return children instanceof Array ? children.map(({ body }) => body.metadata.name) : children;
};

describe('a version', () => {
  test('is read again before anything else', () => {
    expect(jobs(version)).toEqual([name]);
    expect(decide(version)).toEqual({
      status: { attempt: 0, verification: undefined, profile: undefined, gates: noGates },
      conditions: {
        Ready: { status: 'Unknown', reason: 'Verifying', message: 'the artifact is being read and compared with its digest' },
        Verified: { status: 'Unknown', reason: 'Verifying', message: 'the artifact is being read and compared with its digest' },
        GatesPassed: { status: 'True', reason: 'GatesPassed', message: 'the version has no gates' },
        ProfilePublished: { status: 'False', reason: 'NoProfile', message: 'the version has no profile, so drift of its data cannot be told' },
      },
      activity: 'Working',
    });
  });

  test('tells that no node takes the pod that reads it', () => {
    const job = make.job(name, version.metadata);
    const pod = make.pod('p', job.metadata, { unschedulable: 'no volume', metadata: { labels: { 'modelkeeper.dev/model-version': 'fraud-1' } } });
    expect(decide(version, new Caches().put(Job, job).put(Pod, pod)).conditions.Ready).toEqual({
      status: 'Unknown', reason: 'Unschedulable', message: 'no node takes the pod that reads the artifact: no volume',
    });
  });

  test('is read by another Job after a failure', () => {
    const { status } = decide(version, new Caches().put(Job, make.job(name, version.metadata, { ended: 'Failed' })));
    expect(status).toMatchObject({ attempt: 1, verification: undefined });
    expect(jobs(change(version, { status }))).toEqual([verifyJobName(version.metadata, 1)]);
  });

  test('takes no Job of another owner for its own', () => {
    expect(decide(version, new Caches().put(Job, make.job(name, make.meta('someone'), { ended: 'Complete' }))).status.verification).toBeUndefined();
  });

  test('is ready once it is verified, and is not read again', () => {
    expect(jobs(verified)).toEqual([]);
    const { conditions, activity } = decide(verified);
    expect([conditions.Ready, activity]).toEqual([{ status: 'True', reason: 'Ready', message: 'verified, and all gates passed' }, 'Settled']);
  });

  test('is never ready with other bytes', () => {
    const other = change(version, { status: { verification: { job: name, outcome: 'DigestMismatch', message: 'model.bin differs' } } });
    const { conditions, activity } = decide(other);
    expect([conditions.Ready, conditions.Verified, activity]).toEqual([
      { status: 'False', reason: 'DigestMismatch', message: 'model.bin differs' }, { status: 'False', reason: 'DigestMismatch', message: 'model.bin differs' }, 'Stalled',
    ]);
  });

  test.each([
    ['passes its gates', 'metrics.recall >= 0.7', 'True', 'GatesPassed', '1 of 1 gates passed'],
    ['fails at a gate', 'metrics.recall >= 0.9', 'False', 'GateFailed', 'gate good: metrics.recall >= 0.9 is false (recall 0.8)'],
    ['cannot be judged without its metric', 'metrics.auc >= 0.9', 'False', 'GateInvalid', 'gate good: No such key: auc'],
  ])('%s', (_name, expression, status, ...[reason, message]) => {
    const { conditions, activity } = decide(gated(expression));
    expect(conditions.GatesPassed).toEqual({ status, reason, message });
    expect([conditions.Ready.status, activity]).toEqual(status === 'True' ? ['True', 'Settled'] : ['False', 'Stalled']);
  });

  test('that fails at a gate is known to fail before it is verified', () => {
    const { conditions } = decide(change(gated('metrics.recall > 0.9'), { status: { verification: undefined } }));
    expect([conditions.Ready.reason, conditions.Verified.status]).toEqual(['GateFailed', 'Unknown']);
  });
});

describe('the profile of a verified version', () => {
  const file = Buffer.from(JSON.stringify(make.profile));
  const text = `${profileLine}${gzipSync(file).toString('base64')}\n`;
  const profiled = change(verified, { spec: { profile: { uri: 'pvc://store/ml/p', digest: fileDigest(file) } }, status: { profile: { job: name, attempt: 0, failures: 0 } } });
  const job = make.job(name, version.metadata, { ended: 'Complete' });
  const pod = make.pod('p', job.metadata, { phase: 'Succeeded', metadata: { labels: { 'modelkeeper.dev/model-version': 'fraud-1' } } });
  const world = () => new Caches().put(Job, job).put(Pod, pod);
  const act = (object: typeof version, caches: Caches, log?: LogFact) => {
    const { children, want } = controller.act(object, controller.observe(caches.read, object, log));
    return { children: children instanceof Array ? children.map(({ resource, body }) => `${resource.kind}/${body.metadata.name}`) : children, want };
  };
  const want = { namespace: 'ml', pod: 'p', uid: 'uid-p' };
  const configMap = configMapNameOf(version.metadata);

  test('is taken from the log of the Job that verified it, once that is on record', () => {
    const fresh = change(profiled, { status: { profile: undefined } });
    expect(act(fresh, world())).toEqual({ children: [], want: undefined });
    const { status, conditions } = decide(fresh, world());
    expect([status.profile, conditions.ProfilePublished.reason]).toEqual([{ job: name, attempt: 0, failures: 0 }, 'Publishing']);
    expect(act(profiled, world())).toEqual({ children: [], want });
  });

  test('is published once the log has been read', () => {
    expect(act(profiled, world(), { uid: 'uid-p', text })).toEqual({ children: [`ConfigMap/${configMap}`], want });
  });

  test('is not taken from the log of another pod', () => {
    expect(act(profiled, world(), { uid: 'uid-q', text })).toEqual({ children: [], want });
  });

  test('is not looked for any more once it is there, and its Job is not made again', () => {
    const published = new Caches().put(ConfigMap, { metadata: make.meta(configMap, { owner: { uid: version.metadata.uid, kind: 'ModelVersion', name: 'fraud-1' } }), owned: '' });
    const later = change(profiled, { status: { profile: { job: printJobName(version.metadata, 1), attempt: 1 } } });
    expect(act(later, published)).toEqual({ children: [], want: undefined });
    expect(decide(later, published).conditions.ProfilePublished.status).toBe('True');
  });

  test('is printed by another Job when its log is lost', () => {
    const { status } = decide(profiled, new Caches());
    expect(act(change(profiled, { status }), new Caches())).toEqual({ children: [`Job/${printJobName(version.metadata, 1)}`], want: undefined });
  });

  test('does not keep the version from being Ready', () => {
    const lost = decide(change(profiled, { status: { profile: { outcome: 'ProfileLost' } } }));
    expect([lost.conditions.ProfilePublished.reason, lost.conditions.Ready.status, lost.activity]).toEqual(['ProfileLost', 'True', 'Settled']);
  });
});

describe('a version that was compared with a champion', () => {
  const gate = { name: 'better', expression: '!has(champion.metrics) || metrics.recall >= champion.metrics.recall' };
  const compared = change(verified, {
    metadata: { labels: { 'modelkeeper.dev/champion': 'fraud-0' } },
    spec: { metrics: [{ name: 'recall', value: 0.8, champion: { modelVersionRef: { name: 'fraud-0' }, value: 0.7 } }], policy: { gates: [gate] } },
  });
  const active = (of: string) => new Caches().put(ModelDeployment, make.deployment({ status: { activeVersion: of } }));

  test('has a verdict that stays when it has taken the place of the champion', () => {
    const { status, conditions } = decide(compared, active('fraud-0'));
    expect(conditions.GatesPassed.status).toBe('True');
    expect(decide(change(compared, { status }), active('fraud-1')).conditions.GatesPassed).toEqual(conditions.GatesPassed);
  });

  test('is judged again when its gates change', () => {
    const { status } = decide(compared, active('fraud-0'));
    const changed = change(compared, { status, spec: { policy: { gates: [{ ...gate, name: 'other' }] } } });
    const { conditions, activity } = decide(changed, active('fraud-1'));
    expect([conditions.GatesPassed.reason, conditions.Ready.status, activity]).toEqual(['ChampionReplaced', 'Unknown', 'Working']);
  });

  test('is looked at when a ModelDeployment has its champion, as long as it has no verdict', () => {
    const watch = controller.reads.at(-1);
    const deployment = make.deployment({ status: { activeVersion: 'fraud-0' } });
    const { status } = decide(compared, active('fraud-0'));
    expect(watch?.affects(deployment, new Caches().put(ModelVersion, compared).read)).toEqual(['ml/fraud-1']);
    expect(watch?.affects(deployment, new Caches().put(ModelVersion, change(compared, { status })).read)).toEqual([]);
    expect(watch?.affects(make.deployment(), new Caches().put(ModelVersion, compared).read)).toEqual([]);
  });

  test('looks again by itself when it lacks the label by which it is found', () => {
    const unlabelled = change(compared, { metadata: { labels: { 'modelkeeper.dev/champion': undefined } } });
    expect([decide(unlabelled).recheckAfterMs, decide(compared).recheckAfterMs]).toEqual([30_000, undefined]);
  });
});

test('what a change of a pod affects is its version', () => {
  const [pods, claims] = controller.reads;
  expect(pods!.affects({ metadata: make.meta('p', { labels: { 'modelkeeper.dev/model-version': 'fraud-1' } }) }, new Caches().read)).toEqual(['ml/fraud-1']);
  expect(pods!.affects({ metadata: make.meta('p') }, new Caches().read)).toEqual([]);
  expect(claims!.affects({ metadata: make.meta('p') }, new Caches().read)).toEqual([]);
});

import { describe, expect, test } from '@jest/globals';
import { Caches, change, frozen, make, now, settings, sources } from '../../../test/make.ts';
import { digestOf } from '../../runtime/canonical.ts';
import { Job, Pod } from '../resources/workloads.ts';
import { verifyJobName } from './children.ts';
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

test('what a change of a pod affects is its version', () => {
  const [pods, claims] = controller.reads;
  expect(pods!.affects({ metadata: make.meta('p', { labels: { 'modelkeeper.dev/model-version': 'fraud-1' } }) }, new Caches().read)).toEqual(['ml/fraud-1']);
  expect(pods!.affects({ metadata: make.meta('p') }, new Caches().read)).toEqual([]);
  expect(claims!.affects({ metadata: make.meta('p') }, new Caches().read)).toEqual([]);
});

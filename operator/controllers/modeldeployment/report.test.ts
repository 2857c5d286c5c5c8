import { describe, expect, test } from '@jest/globals';
import { at, change, digest, make, now, type Change } from '../../../test/make.ts';
import { labels } from '../labels.ts';
import type { Seen } from './observation.ts';
import { report } from './report.ts';
import type { Recorded } from './rollout.ts';

const object = make.deployment();
const served = { uri: 'pvc://store/x', digest: digest('a'), format: 'sklearn' as const };
const version = (name: string, role: 'Active' | 'Candidate', weight: number) => ({ name, role, state: 'Ready' as const, weight, ...served, agentImage: 'a', serverImage: 's' });
const steady: Recorded = { desiredVersion: 'fraud-1', activeVersion: 'fraud-1', weight: { desired: 100, verified: 100 }, versions: [version('fraud-1', 'Active', 100)], handled: {} };
const stepping: Recorded = {
  ...steady, desiredVersion: 'fraud-2', rollout: { version: 'fraud-2', startedAt: at(-60), verdicts: [] }, step: { index: 0, startedAt: at(-30) }, weight: { desired: 20, verified: 0 },
  versions: [version('fraud-1', 'Active', 80), version('fraud-2', 'Candidate', 20)],
};
const pod = make.modelPod('p', 'fraud-1', { metadata: { labels: { [labels.port]: '8080' } } });
const seen = (changes: Partial<Seen> = {}): Seen => ({
  target: { version: 'fraud-1', served }, versions: { 'fraud-1': { claim: undefined, deployment: undefined, baseline: undefined, pods: [pod] } }, routers: [], facts: new Map(), ...changes,
});
const up = { ready: 2, upToDate: 2, untold: 0 };
const ready = (record: Recorded, facts = seen(), routers = up) => {
  const { conditions, activity } = report(object, record, { seen: facts, routers, now });
  return `${conditions.Ready.status} ${conditions.Ready.reason} ${activity}`;
};
const of = (changes: Change<Recorded>): Recorded => change(steady, changes);

describe('a ModelDeployment', () => {
  test.each<[string, string, string]>([
    ['is ready when the desired version serves everything', ready(steady), 'True RolledOut Settled'],
    ['is not while a version is rolled out', ready(stepping, seen({ target: { version: 'fraud-2', served } })), 'Unknown RollingOut Working'],
    ['is not while nothing can be served', ready(steady, seen({ target: { reason: 'NoReadyVersion', message: 'none' } })), 'Unknown NoReadyVersion Working'],
    ['is not while another version is desired', ready(of({ desiredVersion: 'fraud-2' })), 'Unknown Pending Working'],
    ['is not while pods are missing', ready(of({ versions: [{ ...version('fraud-1', 'Active', 100), state: 'Loading' }] })), 'Unknown PodsNotReady Working'],
    ['is not while routers are behind', ready(of({ weight: { verified: 80 } })), 'Unknown RoutersBehind Working'],
    ['is not while no router runs', ready(steady, seen(), { ready: 0, upToDate: 0, untold: 0 }), 'Unknown NoRouterReady Working'],
    ['is not while no pod takes requests', ready(steady, seen({ versions: {} })), 'Unknown NoPodReady Working'],
    ['is stuck with a version that the runtime cannot serve', ready(steady, seen({ target: { reason: 'FormatUnsupported', message: 'no' } })), 'False FormatUnsupported Stalled'],
    ['is stuck with a version that was given up', ready(of({ failedVersion: { name: 'fraud-1', reason: 'Aborted', message: 'm', at: at(0) } })), 'False RolledBack Stalled'],
  ])('%s', (_name, found, expected) => expect(found).toBe(expected));
});

describe('routers', () => {
  const before = change(object, { status: { conditions: [{ type: 'RoutersUpToDate', status: 'True', reason: 'UpToDate', message: 'm', lastTransitionTime: at(-9) }] } });
  const said = (routers: typeof up, on = object) => report(on, steady, { seen: seen(), routers, now }).conditions.RoutersUpToDate;
  test.each([
    ['are up to date when all say so', said(up), 'UpToDate'], ['are behind when one is', said({ ready: 2, upToDate: 1, untold: 0 }), 'Behind'],
    ['are unknown before they have been told', said({ ready: 2, upToDate: 1, untold: 1 }), 'NotTold'], ['are unknown when none is ready', said({ ready: 0, upToDate: 0, untold: 0 }), 'NoRouterReady'],
    ['stay what they were while they are being told', said({ ready: 2, upToDate: 0, untold: 2 }, before), 'UpToDate'],
  ])('%s', (_name, condition, reason) => expect(condition.reason).toBe(reason));
});

test('a rollout tells its step, its verdicts and who serves how much', () => {
  const judged = change(stepping, { rollout: { verdicts: [{ name: 'errors', verdict: 'Inconclusive', message: 'ErrorRate: 3 of 100 requests' }] } });
  const { conditions } = report(object, judged, { seen: seen({ target: { version: 'fraud-2', served } }), routers: up, now });
  expect([conditions.Progressing, conditions.AnalysisPassed, conditions.Available]).toEqual([
    { status: 'True', reason: 'Stepping', message: 'step 1 of 2: fraud-2 gets 20 %' },
    { status: 'Unknown', reason: 'Inconclusive', message: 'errors: ErrorRate: 3 of 100 requests' },
    { status: 'True', reason: 'Serving', message: 'fraud-1 serves 80 %' },
  ]);
});

test('a suspended rollout says so', () => {
  const suspended = change(object, { spec: { suspend: true } });
  expect(report(suspended, stepping, { seen: seen(), routers: up, now }).conditions.Progressing).toEqual({ status: 'False', reason: 'Suspended', message: 'spec.suspend is true: the rollout stands still' });
});

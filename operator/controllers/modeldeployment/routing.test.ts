import { describe, expect, test } from '@jest/globals';
import { at, change, digest, make } from '../../../test/make.ts';
import { RouterConfig } from '../../dataplane/routing.ts';
import { binsOf } from '../../profile/cells.ts';
import { modelChildName } from './children.ts';
import { routerConfig, windowOf, type Live } from './routing.ts';

const version = (name: string, role: 'Active' | 'Candidate' | 'Draining', weight: number) => ({
  name, role, state: 'Ready' as const, weight, uri: 'pvc://store/x', digest: '', format: 'sklearn' as const, agentImage: 'a', serverImage: 's',
});
const object = make.deployment({
  status: {
    writerEpoch: 4, activeVersion: 'fraud-1',
    rollout: { version: 'fraud-2', startedAt: at(0), verdicts: [] }, step: { index: 0, startedAt: at(1) },
    versions: [version('fraud-1', 'Active', 80), version('fraud-2', 'Candidate', 20), version('fraud-0', 'Draining', 0)],
  },
});
const service = (name: string): string => `${modelChildName(object.metadata, name)}.ml.svc:8080`;
const live: Live = { endpoints: (name) => (name === 'fraud-1' ? ['10.0.0.1:8080', '[fd00::1]:8080'] : []), baseline: () => undefined };
const baseline = (of: string): Live['baseline'] => (name) => (name === 'fraud-1' ? { digest: digest(of), profile: make.profile } : undefined);
const capture = { enabled: true, sampleRate: 0.5, paneDuration: '1m', feedback: true };
const capturing = change(object, { spec: { capture } });

test('routers are told of the versions that serve, and where', () => {
  const config = routerConfig(object, live);
  expect(config).toEqual({
    epoch: 4, revision: expect.stringMatching(/^[0-9a-f]{8}$/), namespace: 'ml', deployment: 'scorer', protocol: 'V2', feedback: false, window: `fraud-2.0.${at(1)}`,
    targets: [
      { version: 'fraud-1', weight: 80, endpoints: ['10.0.0.1:8080', '[fd00::1]:8080'], service: service('fraud-1') },
      { version: 'fraud-2', weight: 20, endpoints: [], service: service('fraud-2') },
    ],
  });
  expect(RouterConfig.parse(config)).toEqual(config);
});

describe('the revision', () => {
  const revision = (of: typeof object): string => routerConfig(of, live).revision;
  test.each([
    ['does not change when pods come and go', object, { ...live, endpoints: () => [] }, true],
    ['does not change with the term of the leader', change(object, { status: { writerEpoch: 5 } }), live, true],
    ['does not change when a version has drained', change(object, { status: { versions: object.status.versions.slice(0, 2) } }), live, true],
    ['changes with the weights', change(object, { status: { versions: [version('fraud-1', 'Active', 70), version('fraud-2', 'Candidate', 30)] } }), live, false],
    ['changes with what is captured', capturing, live, false],
    ['changes with the window', change(object, { status: { step: { index: 1 } } }), live, false],
  ] as const)('%s', (_name, other, where, same) => expect(routerConfig(other, where).revision === revision(object)).toBe(same));

  test('of the cold-start copy is another one: who has only that is not up to date', () => {
    const cold = routerConfig(object);
    expect([cold.revision, cold.targets.flatMap(({ endpoints: list }) => list)]).toEqual([`${revision(object)}-cold`, []]);
  });
});

test('weights that do not add up are never sent', () => {
  const broken = change(object, { status: { versions: [version('fraud-1', 'Active', 80)] } });
  expect(routerConfig(broken, live).targets).toEqual([]);
});

test('feedback is counted when a check needs it', () => {
  const judged = change(object, { spec: { rollout: { analysis: [{ name: 'r', metric: 'FeedbackRecall', maxWorse: 0, minRequests: 1, minLabels: 1 }] } } });
  expect(routerConfig(judged).feedback).toBe(true);
});

test('each step of each rollout has a window of its own', () => {
  expect([windowOf(object.status), windowOf({ ...object.status, step: undefined }), windowOf({ rollout: undefined, step: undefined, activeVersion: undefined })])
    .toEqual([`fraud-2.0.${at(1)}`, 'steady.fraud-1', 'steady.']);
});

describe('what is captured', () => {
  test('is told with the cells of each version that has a profile', () => {
    const config = routerConfig(capturing, { ...live, baseline: baseline('b') });
    expect(config).toMatchObject({ feedback: true, capture: { paneMs: 60_000, sampleRate: 0.5, baselines: [{ version: 'fraud-1', digest: digest('b'), features: make.profile.features.map(binsOf) }] } });
    expect(RouterConfig.parse(config)).toEqual(config);
  });

  test('is another revision with another profile', () => {
    const revision = (of: string): string => routerConfig(capturing, { ...live, baseline: baseline(of) }).revision;
    expect(revision('b')).not.toBe(revision('c'));
  });

  test('is no part of the cold-start copy but for its panes: the cells would not fit there', () => {
    expect(routerConfig(capturing).capture).toEqual({ paneMs: 60_000, sampleRate: 0.5, baselines: [] });
  });

  test('is nothing unless it is enabled', () => expect(routerConfig(object, { ...live, baseline: baseline('b') })).not.toHaveProperty('capture'));
});

import { describe, expect, test } from '@jest/globals';
import { Caches, digest, make, settings } from '../../../test/make.ts';
import { labels } from '../labels.ts';
import { Deployment, PersistentVolumeClaim } from '../resources/objects.ts';
import { Pod } from '../resources/workloads.ts';
import { modelChildName } from './children.ts';
import { endpoints, observe } from './observation.ts';

const object = make.deployment({ status: { versions: [{
  name: 'fraud-1', role: 'Active', state: 'Ready', weight: 100, uri: 'pvc://store/x', digest: digest('a'), format: 'sklearn', agentImage: 'a', serverImage: 's',
}] } });
const pod = (name: string, ip: string | undefined, changes: Parameters<typeof make.modelPod>[2] = {}) =>
  make.modelPod(name, 'fraud-1', { metadata: { labels: { [labels.modelDeployment]: 'scorer', [labels.component]: 'model', [labels.modelVersion]: 'fraud-1', [labels.port]: '8080' } }, ip, ...changes });

test('what is seen is that of this ModelDeployment alone', () => {
  const claim = make.claim('store');
  const deployment = make.pods(modelChildName(object.metadata, 'fraud-1'), object.metadata);
  const [mine, router] = [pod('p1', '10.0.0.1'), make.routerPod('r1')];
  const foreign = make.modelPod('p2', 'fraud-1', { metadata: { labels: { [labels.modelDeployment]: 'other' } } });
  const caches = new Caches().put(PersistentVolumeClaim, claim).put(Deployment, deployment).put(Pod, mine, router, foreign);
  expect(observe(caches.read, object, { facts: undefined, presets: settings.presets })).toEqual({
    target: { reason: 'NoReadyVersion', message: 'no ModelVersion of fraud is ready yet' },
    versions: { 'fraud-1': { claim, deployment, pods: [mine] } }, routers: [router], facts: new Map(),
  });
});

describe('requests go to', () => {
  test.each<[string, ReturnType<typeof pod>[], string[]]>([
    ['pods that are ready, in a fixed order', [pod('b', '10.0.0.2'), pod('a', '10.0.0.1')], ['10.0.0.1:8080', '10.0.0.2:8080']],
    ['IPv6 addresses in brackets', [pod('a', 'fd00::1')], ['[fd00::1]:8080']],
    ['no pod that is not ready', [pod('a', '10.0.0.1', { ready: false })], []],
    ['no pod that has no address', [pod('a', undefined)], []],
  ])('%s', (_name, pods, addresses) => expect(endpoints({ versions: { 'fraud-1': { claim: undefined, deployment: undefined, baseline: undefined, pods } } }, 'fraud-1')).toEqual(addresses));

  test('no pod that is being deleted, and nowhere when nothing is known', () => {
    const leaving = make.modelPod('a', 'fraud-1', { metadata: { deletionTimestamp: '2026-03-01T12:00:00Z', labels: { [labels.port]: '8080' } } });
    expect(endpoints({ versions: { 'fraud-1': { claim: undefined, deployment: undefined, baseline: undefined, pods: [leaving] } } }, 'fraud-1')).toEqual([]);
    expect(endpoints({ versions: {} }, 'fraud-1')).toEqual([]);
  });
});

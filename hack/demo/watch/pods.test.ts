import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../cluster/objects.ts';
import { podText } from './pods.ts';

const pod = (status: Partial<Pod['status']>, metadata: Partial<Pod['metadata']> = {}): Pod => ({
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', labels: { 'modelkeeper.dev/component': 'model', 'modelkeeper.dev/model-version': 'fraud-1' }, ...metadata },
  status: { phase: 'Pending', ...status },
});
const running = { running: {} };
const done = { terminated: { exitCode: 0 } };
const initializing = { waiting: { reason: 'PodInitializing' } };

describe('a pod in a few words', () => {
  test.each<[string, Pod]>([
    ['model fraud-1: being set up', pod({})],
    ['model fraud-1: waits for a node: 0/1 nodes', pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes' }] })],
    ['model fraud-1: load is running', pod({ initContainerStatuses: [{ name: 'load', ready: false, state: running }], containerStatuses: [{ name: 'server', ready: false, state: initializing }] })],
    ['model fraud-1: container load exited with code 3', pod({ initContainerStatuses: [{ name: 'load', ready: false, state: { terminated: { exitCode: 3 } } }] })],
    ['model fraud-1: starting', pod({ phase: 'Running', initContainerStatuses: [{ name: 'load', ready: true, state: done }], containerStatuses: [{ name: 'server', ready: false, state: running }] })],
    ['model fraud-1: container server: ImagePullBackOff', pod({ containerStatuses: [{ name: 'server', ready: false, state: { waiting: { reason: 'ImagePullBackOff' } } }] })],
    ['model fraud-1: ready', pod({ phase: 'Running', containerStatuses: [{ name: 'server', ready: true, state: running }] })],
    ['model fraud-1: ending', pod({ phase: 'Running', containerStatuses: [{ name: 'server', ready: true, state: running }] }, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['router: being set up', pod({}, { labels: { 'modelkeeper.dev/component': 'router' } })],
  ])('%s', (text, object) => expect(podText(object)).toBe(text));
});

import { describe, expect, test } from '@jest/globals';
import { make } from '../../test/make.ts';
import { container } from '../api/v1alpha1/shared.ts';
import { agentContainer, claimVolume, quantities, restrictedPod, storeAffinity, userContainer } from './pods.ts';

test('every pod is one that the Pod Security standard restricted admits', () => {
  expect(restrictedPod).toEqual({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } },
  });
});

test('an agent container does one task on a read-only root', () => {
  const task = { verb: 'recall', store: { root: '/store', namespace: 'ml' }, record: { runUid: 'u', step: 's', attempt: 1 } } as const;
  expect(agentContainer('agent:1', task, [{ name: 'store', mountPath: '/store', readOnly: true }])).toEqual({
    name: 'recall', image: 'agent:1', imagePullPolicy: 'IfNotPresent', args: ['agent', 'recall'],
    env: [{ name: 'MODELKEEPER_TASK', value: JSON.stringify(task) }],
    resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File',
    volumeMounts: [{ name: 'store', mountPath: '/store', readOnly: true }],
  });
});

test("a user's container gets our variables after its own", () => {
  const spec = container.parse({ image: 'python:3', env: [{ name: 'A', value: '1' }], resources: { limits: { memory: '1024Mi', cpu: 2 } } });
  expect(userContainer('server', spec, { mounts: [{ name: 'tmp', mountPath: '/tmp' }], env: [{ name: 'HOME', value: '/tmp' }] })).toEqual({
    name: 'server', image: 'python:3', imagePullPolicy: 'IfNotPresent',
    env: [{ name: 'A', value: '1' }, { name: 'HOME', value: '/tmp' }],
    resources: { limits: { memory: '1Gi', cpu: '2' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
  });
});

test('quantities are sent as the API server writes them', () => {
  expect(quantities({ cpu: '1000m', memory: '1024Mi', 'nvidia.com/gpu': 1 })).toEqual({ cpu: '1', memory: '1Gi', 'nvidia.com/gpu': '1' });
});

test('a claim is mounted read-only when nothing is written', () => {
  expect(claimVolume('store', 'data', true)).toEqual({ name: 'store', persistentVolumeClaim: { claimName: 'data', readOnly: true } });
  expect(claimVolume('store', 'data')).toEqual({ name: 'store', persistentVolumeClaim: { claimName: 'data' } });
});

describe('pods with the same store share a node', () => {
  const together = {
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { 'modelkeeper.dev/store': 'data' } }, topologyKey: 'kubernetes.io/hostname' }] } },
  };
  test.each([
    ['when one node can mount it', make.claim('data'), together],
    ['when nothing is known of it', undefined, together],
    ['unless several nodes can', make.claim('data', { shared: true }), {}],
  ])('%s', (_name, claim, affinity) => expect(storeAffinity(claim, 'data')).toEqual(affinity));

  test('and rather one with those of another store, of which there may be none', () => {
    const preferred = [{ weight: 100, podAffinityTerm: { labelSelector: { matchLabels: { 'modelkeeper.dev/store': 'other' } }, topologyKey: 'kubernetes.io/hostname' } }];
    expect(storeAffinity(make.claim('data', { shared: true }), 'data', ['other'])).toEqual({ affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } } });
    expect(storeAffinity(undefined, 'data', ['other'])).toEqual({ affinity: { podAffinity: { ...together.affinity.podAffinity, preferredDuringSchedulingIgnoredDuringExecution: preferred } } });
  });
});

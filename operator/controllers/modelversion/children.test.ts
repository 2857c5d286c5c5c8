import { expect, test } from '@jest/globals';
import { digest, make } from '../../../test/make.ts';
import { restrictedPod } from '../pods.ts';
import { verifyJob, verifyJobName } from './children.ts';

test('the artifact is read by a pod that can write nothing', () => {
  const { metadata, spec } = make.version();
  const own = { 'modelkeeper.dev/model-version': 'fraud-1' };
  expect(verifyJob(metadata, spec, { image: 'agent:1', claim: make.claim('store', { shared: true }), name: 'the-job' }).body).toEqual({
    metadata: { name: 'the-job', labels: own },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 1_800,
      podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      podReplacementPolicy: 'Failed',
      template: {
        metadata: { labels: { ...own, 'app.kubernetes.io/managed-by': 'modelkeeper', 'modelkeeper.dev/store': 'store' } },
        spec: {
          ...restrictedPod,
          restartPolicy: 'Never',
          containers: [{
            name: 'verify', image: 'agent:1', imagePullPolicy: 'IfNotPresent', args: ['agent', 'verify'],
            env: [{ name: 'MODELKEEPER_TASK', value: JSON.stringify({ verb: 'verify', artifact: { root: '/store', path: `ml/sha256/${'a'.repeat(64)}` }, digest: digest('a') }) }],
            resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
            terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File',
            volumeMounts: [{ name: 'store', mountPath: '/store', readOnly: true }],
          }],
          volumes: [{ name: 'store', persistentVolumeClaim: { claimName: 'store', readOnly: true } }],
        },
      },
    },
  });
});

test('each attempt is another Job', () => {
  const { metadata } = make.version();
  expect(verifyJobName(metadata, 0)).toMatch(/^fraud-1-verify-[0-9a-f]{8}$/);
  expect(verifyJobName(metadata, 1)).not.toBe(verifyJobName(metadata, 0));
});

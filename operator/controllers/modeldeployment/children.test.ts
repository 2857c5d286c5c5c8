import { describe, expect, test } from '@jest/globals';
import { change, digest, make } from '../../../test/make.ts';
import { asItems, asRecord } from '../../runtime/json.ts';
import type { Json } from '../../runtime/kind.ts';
import { restrictedPod } from '../pods.ts';
import { modelChildName, modelDeployment, modelPort, modelService } from './children.ts';

const { metadata, spec } = make.deployment();
const recorded = {
  name: 'fraud-1', role: 'Active' as const, state: 'Ready' as const, weight: 100, uri: 'pvc://store/ml/sha256/aa', digest: digest('a'), format: 'sklearn' as const, agentImage: 'agent:1', serverImage: 'mlserver:1',
};
const served = { recorded, claim: make.claim('store', { shared: true }) };
const own = { 'modelkeeper.dev/model-deployment': 'scorer', 'modelkeeper.dev/component': 'model', 'modelkeeper.dev/model-version': 'fraud-1' };
const name = modelChildName(metadata, 'fraud-1');
const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const container = { image: 'my/server:1', command: ['serve'], args: [], env: [{ name: 'A', value: '$(B)' }] };
const ownRuntime = (protocol: 'V2' | 'Raw') => change(spec, { runtime: { type: 'Container', preset: undefined, container, port: 9000, protocol } });

test('a version is served by pods that load it, verified, before the server starts', () => {
  expect(modelDeployment(metadata, spec, served).body).toEqual({
    metadata: { name, labels: own },
    spec: {
      replicas: 1, revisionHistoryLimit: 1, selector: { matchLabels: own },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...own, 'app.kubernetes.io/managed-by': 'modelkeeper', 'modelkeeper.dev/store': 'store', 'modelkeeper.dev/port': '8080' } },
        spec: {
          ...restrictedPod,
          terminationGracePeriodSeconds: 60,
          initContainers: [{
            name: 'load', image: 'agent:1', imagePullPolicy: 'IfNotPresent', args: ['agent', 'load'],
            env: [{ name: 'MODELKEEPER_TASK', value: JSON.stringify({ verb: 'load', artifact: { root: '/store', path: 'ml/sha256/aa' }, digest: digest('a'), to: '/mnt/models' }) }],
            resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
            securityContext: { ...restricted, readOnlyRootFilesystem: true },
            terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File',
            volumeMounts: [{ name: 'store', mountPath: '/store', readOnly: true }, { name: 'models', mountPath: '/mnt/models' }],
          }],
          containers: [{
            name: 'server', image: 'mlserver:1', imagePullPolicy: 'IfNotPresent', command: ['mlserver', 'start', '/mnt/models'],
            env: [
              { name: 'MLSERVER_MODEL_NAME', value: 'fraud' }, { name: 'MLSERVER_MODEL_IMPLEMENTATION', value: 'mlserver_sklearn.SKLearnModel' },
              { name: 'MLSERVER_MODEL_URI', value: '/mnt/models' }, { name: 'MLSERVER_HTTP_PORT', value: '8080' }, { name: 'MLSERVER_GRPC_PORT', value: '8081' },
              { name: 'MLSERVER_METRICS_PORT', value: '8082' }, { name: 'MLSERVER_PARALLEL_WORKERS', value: '0' }, { name: 'OMP_NUM_THREADS', value: '1' },
              { name: 'HOME', value: '/tmp' }, { name: 'TMPDIR', value: '/tmp' },
            ],
            resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
            securityContext: restricted,
            volumeMounts: [{ name: 'models', mountPath: '/mnt/models', readOnly: true }, { name: 'tmp', mountPath: '/tmp' }],
            ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
            readinessProbe: { httpGet: { path: '/v2/models/fraud/ready', port: 8080, scheme: 'HTTP' }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
          }],
          volumes: [
            { name: 'store', persistentVolumeClaim: { claimName: 'store', readOnly: true } }, { name: 'models', emptyDir: {} }, { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  });
});

describe('a container of your own', () => {
  const server = (body: Json): Json => asRecord(asItems(asRecord(asRecord(asRecord(body['spec'])?.['template'])?.['spec'])?.['containers'])[0]) ?? {};
  test.each([
    ['V2' as const, { httpGet: { path: '/v2/health/ready', port: 9000, scheme: 'HTTP' } }], ['Raw' as const, { tcpSocket: { port: 9000 } }],
  ])('of protocol %s is asked whether it is ready', (protocol, probe) => {
    const { image, command, env, ports, readinessProbe, resources } = server(modelDeployment(metadata, ownRuntime(protocol), served).body);
    expect({ image, command, env, ports, readinessProbe, resources }).toEqual({
      image: 'my/server:1', command: ['serve'],
      env: [{ name: 'A', value: '$(B)' }, { name: 'HOME', value: '/tmp' }, { name: 'TMPDIR', value: '/tmp' }],
      ports: [{ name: 'http', containerPort: 9000, protocol: 'TCP' }],
      readinessProbe: { ...probe, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 },
      resources: {},
    });
  });
});

test('the pods of each version can be found without the operator', () => {
  expect(modelService(metadata, spec, 'fraud-1').body).toEqual({
    metadata: { name, labels: own },
    spec: { type: 'ClusterIP', clusterIP: 'None', selector: own, ports: [{ name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP' }] },
  });
  expect([modelPort(spec), modelPort(ownRuntime('V2'))]).toEqual([8080, 9000]);
});

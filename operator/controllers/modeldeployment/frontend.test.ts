import { expect, test } from '@jest/globals';
import { make, settings } from '../../../test/make.ts';
import { RouterFile } from '../../dataplane/routing.ts';
import { restrictedPod } from '../pods.ts';
import { frontend } from './frontend.ts';
import { routerConfig } from './routing.ts';

const object = make.deployment();
const config = routerConfig(object);
const [coldStart, routers, service, policy] = frontend(object.metadata, config, settings).map(({ body }) => body);
const own = { 'modelkeeper.dev/model-deployment': 'scorer', 'modelkeeper.dev/component': 'router' };
const name = expect.stringMatching(/^scorer-[0-9a-f]{8}$/);
const field = (variable: string, fieldPath: string) => ({ name: variable, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });

test('routers start with a configuration of their own, which a router takes', () => {
  expect(coldStart).toEqual({ metadata: { name, labels: own }, data: { 'router.json': JSON.stringify({ publicKey: 'a public key', config }) } });
  expect(RouterFile.parse(JSON.parse((coldStart as unknown as { data: { 'router.json': string } }).data['router.json']))).toEqual({ publicKey: 'a public key', config });
});

test('two routers run as our image, restricted, and leave when nobody sends them requests', () => {
  expect(routers).toEqual({
    metadata: { name, labels: own },
    spec: {
      replicas: 2, revisionHistoryLimit: 1, selector: { matchLabels: own }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { ...own, 'app.kubernetes.io/managed-by': 'modelkeeper' } },
        spec: {
          ...restrictedPod,
          terminationGracePeriodSeconds: 65,
          containers: [{
            name: 'router', image: settings.image, imagePullPolicy: 'IfNotPresent', args: ['router'],
            env: [field('POD_UID', 'metadata.uid'), { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' }, { name: 'MODELKEEPER_ROUTER_FILE', value: '/etc/modelkeeper/router.json' }],
            ports: [{ name: 'inference', containerPort: 8080, protocol: 'TCP' }, { name: 'metrics', containerPort: 9090, protocol: 'TCP' }, { name: 'admin', containerPort: 9091, protocol: 'TCP' }],
            resources: { requests: { cpu: '100m', memory: '96Mi' }, limits: { memory: '512Mi' } },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
            readinessProbe: { httpGet: { path: '/readyz', port: 9090, scheme: 'HTTP' }, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
            livenessProbe: { httpGet: { path: '/healthz', port: 9090, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
            lifecycle: { preStop: { sleep: { seconds: 5 } } },
            volumeMounts: [{ name: 'config', mountPath: '/etc/modelkeeper', readOnly: true }],
          }],
          volumes: [{ name: 'config', configMap: { name } }],
        },
      },
    },
  });
});

test('the address bears the name of the ModelDeployment, and leads to the routers', () => {
  expect(service).toEqual({
    metadata: { name: 'scorer', labels: own }, spec: { type: 'ClusterIP', selector: own, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }] },
  });
});

test('only the operator reaches the admin port', () => {
  const port = (number: number) => ({ port: number, protocol: 'TCP' });
  expect(policy).toEqual({
    metadata: { name, labels: own },
    spec: {
      podSelector: { matchLabels: own }, policyTypes: ['Ingress'],
      ingress: [
        { ports: [port(8080), port(9090)] },
        { ports: [port(9091)], from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'modelkeeper-system' } }, podSelector: { matchLabels: { 'app.kubernetes.io/name': 'modelkeeper' } } }] },
      ],
    },
  });
});

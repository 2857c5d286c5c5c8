import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../operator/runtime/kind.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import { desiredHash, ownedHash, ownedPart } from '../../../operator/runtime/owned.ts';
import { apiServer, ForeignClient } from '../apiserver.ts';

const manager = 'modelkeeper';
let us: ForeignClient;
let foreign: ForeignClient;
let namespace: string;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  us = new ForeignClient(kubeconfig, { manager });
  foreign = new ForeignClient(kubeconfig, { manager: 'somebody' });
  namespace = await foreign.freshNamespace();
}, 120_000);

afterAll(async () => {
  await Promise.all([us.close(), foreign.close()]);
});

interface Sample {
  readonly collection: string;
  readonly body: Json & { readonly metadata: Json };
}

const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '11111111-2222-3333-4444-555555555555', controller: true, blockOwnerDeletion: true };
const metadata = { labels: { app: 'a', 'app.kubernetes.io/managed-by': manager }, annotations: { 'modelkeeper.dev/note': 'ours' }, ownerReferences: [owner] };

const samples: Record<string, Sample> = {
  Deployment: {
    collection: '/apis/apps/v1/namespaces/NS/deployments',
    body: {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'a' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
            initContainers: [{ name: 'fetch', image: 'fetch:1', args: ['--to', '/model'], volumeMounts: [{ name: 'model', mountPath: '/model' }] }],
            containers: [
              {
                name: 'server', image: 'server:1', command: ['serve'],
                env: [{ name: 'Z', value: '1' }, { name: 'A', value: '2' }, { name: 'POD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
                envFrom: [{ secretRef: { name: 's' } }],
                ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }, { name: 'metrics', containerPort: 9090 }],
                readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
                resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '1Gi' } },
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
                volumeMounts: [{ name: 'model', mountPath: '/model', readOnly: true }, { name: 'tmp', mountPath: '/tmp' }],
              },
              { name: 'sidecar', image: 'sidecar:1' },
            ],
            volumes: [
              { name: 'model', emptyDir: {} }, { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
              { name: 'config', configMap: { name: 'c', items: [{ key: 'a', path: 'a' }] } },
              { name: 'claim', persistentVolumeClaim: { claimName: 'c', readOnly: true } },
            ],
            tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoSchedule' }],
            topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'a' } } }],
          },
        },
      },
    },
  },
  Service: {
    collection: '/api/v1/namespaces/NS/services',
    body: {
      apiVersion: 'v1', kind: 'Service', metadata,
      spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }, { name: 'metrics', port: 9090, protocol: 'TCP' }] },
    },
  },
  ConfigMap: { collection: '/api/v1/namespaces/NS/configmaps', body: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1', 'b.json': '{}' } } },
  NetworkPolicy: {
    collection: '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
    body: {
      apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata,
      spec: {
        podSelector: { matchLabels: { app: 'a' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080, protocol: 'TCP' }] }],
      },
    },
  },
};

let count = 0;

/** Applies a sample under a new name, and returns its path and what is sent. */
async function applied(kind: string): Promise<{ path: string; body: Json & { metadata: Json } }> {
  const sample = samples[kind]!;
  const name = `o-${++count}`;
  const body = { ...sample.body, metadata: { ...sample.body.metadata, name, namespace } };
  const path = `${sample.collection.replace('NS', namespace)}/${name}`;
  await us.apply(path, body);
  return { path, body };
}

const inContainer = (container: Json): Json => ({ spec: { template: { spec: { containers: [container] } } } });

describe.each(Object.keys(samples))('%s', (kind) => {
  test('as applied, the owned part is what was sent', async () => {
    const { path, body } = await applied(kind);
    const live = await us.get(path);
    expect(ownedHash(live, manager)).toBe(desiredHash(body));
    expect({ apiVersion: body['apiVersion'], kind: body['kind'], ...ownedPart(live, manager) }).toEqual({ ...body, metadata });
  });

  test('additions by others do not count', async () => {
    const { path, body } = await applied(kind);
    await foreign.mergePatch(path, { metadata: { labels: { theirs: '1' }, annotations: { theirs: '1' }, finalizers: ['example.com/theirs'] } });
    expect(ownedHash(await us.get(path), manager)).toBe(desiredHash(body));
  });

  const changes: Record<string, (path: string, live: Json) => Promise<unknown>> = {
    'a label removed': (path) => foreign.mergePatch(path, { metadata: { labels: { app: null } } }),
    'an annotation changed': (path) => foreign.mergePatch(path, { metadata: { annotations: { 'modelkeeper.dev/note': 'theirs' } } }),
    'the owner removed': (path) => foreign.mergePatch(path, { metadata: { ownerReferences: null } }),
    'a label taken over by another manager': (path, live) =>
      foreign.apply(path, { apiVersion: live['apiVersion'], kind: live['kind'], metadata: { labels: { app: 'theirs' } } }),
    'the whole object replaced': (path, live) => foreign.replace(path, { ...live, metadata: { ...asRecord(live['metadata']), labels: {}, managedFields: undefined } }),
    'managed fields wiped': (path) => foreign.mergePatch(path, { metadata: { managedFields: [{}] } }),
  };
  test.each(Object.entries(changes))('%s counts, and an apply repairs it', async (_change, change) => {
    const { path, body } = await applied(kind);
    await change(path, await us.get(path));
    expect(ownedHash(await us.get(path), manager)).not.toBe(desiredHash(body));
    await us.apply(path, body);
    expect(ownedHash(await us.get(path), manager)).toBe(desiredHash(body));
  });
});

describe('a Deployment', () => {
  const changes: Record<string, (path: string) => Promise<unknown>> = {
    'an image': (path) => foreign.strategicPatch(path, inContainer({ name: 'server', image: 'evil:1' })),
    'an env value': (path) => foreign.strategicPatch(path, inContainer({ name: 'server', env: [{ name: 'Z', value: 'theirs' }] })),
    'an env removed': (path) => foreign.strategicPatch(path, inContainer({ name: 'server', env: [{ name: 'Z', $patch: 'delete' }] })),
    'a container removed': (path) => foreign.strategicPatch(path, inContainer({ name: 'sidecar', $patch: 'delete' })),
    'an argument': (path) => foreign.strategicPatch(path, inContainer({ name: 'server', command: ['other'] })),
    'replicas': (path) => foreign.mergePatch(path, { spec: { replicas: 5 } }),
    'env in another order': async (path) => {
      const live = await foreign.get(path);
      await foreign.replace(path, withServerEnv(live, (env) => env.toReversed()));
    },
  };
  test.each(Object.entries(changes))('%s counts, and an apply repairs it', async (_change, change) => {
    const { path, body } = await applied('Deployment');
    await change(path);
    expect(ownedHash(await us.get(path), manager)).not.toBe(desiredHash(body));
    await us.apply(path, body);
    expect(ownedHash(await us.get(path), manager)).toBe(desiredHash(body));
  });

  test('a volume of another type counts, but no apply can remove what is theirs', async () => {
    const { path, body } = await applied('Deployment');
    await foreign.strategicPatch(path, { spec: { template: { spec: { volumes: [{ name: 'model', emptyDir: null, hostPath: { path: '/' } }] } } } });
    expect(ownedHash(await us.get(path), manager)).not.toBe(desiredHash(body));
    await expect(us.apply(path, body)).rejects.toMatchObject({ status: 422 });
  });

  const additions: Record<string, (path: string) => Promise<unknown>> = {
    'an env': (path) => foreign.strategicPatch(path, inContainer({ name: 'server', env: [{ name: 'THEIRS', value: '1' }] })),
    'a sidecar': (path) => foreign.strategicPatch(path, inContainer({ name: 'theirs', image: 'theirs:1' })),
    'a size for our empty volume': (path) =>
      foreign.strategicPatch(path, { spec: { template: { spec: { volumes: [{ name: 'model', emptyDir: { sizeLimit: '1Gi' } }] } } } }),
    'a pod annotation': (path) => foreign.mergePatch(path, { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } }),
    'an env between ours': async (path) => {
      const live = await foreign.get(path);
      await foreign.replace(path, withServerEnv(live, (env) => [env[0], { name: 'THEIRS', value: '1' }, ...env.slice(1)]));
    },
  };
  test.each(Object.entries(additions))('%s of others does not count', async (_addition, add) => {
    const { path, body } = await applied('Deployment');
    await add(path);
    expect(ownedHash(await us.get(path), manager)).toBe(desiredHash(body));
  });

  test('a field that is no longer sent is removed', async () => {
    const { path, body } = await applied('Deployment');
    const less = { ...body, spec: { ...asRecord(body['spec']), replicas: undefined } };
    await us.apply(path, less);
    const live = await us.get(path);
    expect(ownedHash(live, manager)).toBe(desiredHash(less));
    expect(live['spec']).toMatchObject({ replicas: 1 });
  });
});

function withServerEnv(live: Json, change: (env: readonly unknown[]) => readonly unknown[]): Json {
  return JSON.parse(JSON.stringify(live), (key, value: unknown) => (key === 'env' ? change(asItems(value)) : value)) as Json;
}

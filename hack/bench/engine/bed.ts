import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { startControlPlane, type ControlPlane } from '../../cluster/controlplane.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { AuditLog } from './audit.ts';
import { openClient } from './client.ts';
import { startNodes } from './kwok.ts';

/** A control plane of its own for one contender, and all that the contender finds there. */
export interface Bed {
  readonly plane: ControlPlane;
  readonly client: Transport;
  readonly audit: AuditLog;
  /** A kubeconfig of the contender's service account, for the API server at this address. */
  readonly kubeconfig: (server: string) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export type Tier = 1 | 2;

export const namespaces: readonly string[] = Array.from({ length: 20 }, (_, at) => `bench-${String(at).padStart(2, '0')}`);

/** Their defaults let each through 20 requests a second and 5 objects at a time, and would be what is measured. */
const raised = {
  'kube-apiserver': { 'max-requests-inflight': 2_000, 'max-mutating-requests-inflight': 1_000 },
  'kube-controller-manager': {
    'kube-api-qps': 1_000, 'kube-api-burst': 2_000,
    'concurrent-deployment-syncs': 20, 'concurrent-replicaset-syncs': 20, 'concurrent-service-endpoint-syncs': 10, 'concurrent-gc-syncs': 20,
  },
  'kube-scheduler': { 'kube-api-qps': 1_000, 'kube-api-burst': 2_000 },
} as const;

export async function makeBed(tier: Tier): Promise<Bed> {
  const plane = await startControlPlane({
    controllerManager: tier === 2, scheduler: tier === 2, flags: raised, auditPolicy: join(import.meta.dirname, 'audit-policy.yaml'), log: () => undefined,
  });
  const client = await openClient(plane.kubeconfig);
  try {
    await furnish(client);
    const nodes = tier === 2 ? await startNodes(plane, client) : undefined;
    const token = await tokenOf(client);
    const audit = await AuditLog.open(join(plane.dir, 'audit.log'));
    return {
      plane, client, audit,
      kubeconfig: async (server) => writeKubeconfig(join(plane.dir, 'contender.kubeconfig'), { server, token, admin: await readFile(plane.kubeconfig, 'utf8') }),
      stop: async () => {
        await audit.close();
        await client.close();
        await nodes?.stop();
        await plane.stop();
      },
    };
  } catch (error) {
    await client.close();
    await plane.stop();
    throw error;
  }
}

/** The kind, the namespaces, and a service account that may do the same for every contender. */
async function furnish(client: Transport): Promise<void> {
  const create = (path: string, body: Json): Promise<Json> => client.request({ method: 'POST', path, body });
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const definition = asRecord(parse(await readFile(join(import.meta.dirname, 'widget.yaml'), 'utf8'))) ?? {};
  await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  await Promise.all(['bench', ...namespaces].map((name) => create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await create('/api/v1/namespaces/bench/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'contender' } });
  await create(`${rbac}/clusterroles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'contender' }, rules });
  await create(`${rbac}/clusterrolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'contender' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'contender' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'bench', name: 'contender' }],
  });
  await established(client);
  // The API server holds up whatever is created of a kind younger than two seconds: later creates find the kind old enough.
  const spec = { image: 'registry.example/server:1', replicas: 1, port: 8_080 };
  await client.request({
    method: 'POST', path: `/apis/bench.modelkeeper.dev/v1/namespaces/${namespaces[0] ?? ''}/widgets`, query: { dryRun: 'All' },
    body: { apiVersion: 'bench.modelkeeper.dev/v1', kind: 'Widget', metadata: { name: 'first' }, spec },
  });
}

const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const rules = [
  { apiGroups: ['bench.modelkeeper.dev'], resources: ['widgets', 'widgets/status', 'widgets/finalizers'], verbs: all },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: all },
  { apiGroups: [''], resources: ['services', 'events'], verbs: all },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: all },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get', 'list', 'watch'] },
];

async function established(client: Transport): Promise<void> {
  for (;;) {
    const live = await client.request({ method: 'GET', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.bench.modelkeeper.dev' });
    const conditions = asItems(asRecord(live['status'])?.['conditions']).map(asRecord);
    if (conditions.some((condition) => condition?.['type'] === 'Established' && condition['status'] === 'True')) return;
  }
}

const Token = z.object({ status: z.object({ token: z.string() }) });

async function tokenOf(client: Transport): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
  const answer = await client.request({ method: 'POST', path: '/api/v1/namespaces/bench/serviceaccounts/contender/token', body });
  return Token.parse(answer).status.token;
}

const Admin = z.object({ clusters: z.tuple([z.object({ cluster: z.object({ 'certificate-authority-data': z.string() }) })]) });

async function writeKubeconfig(path: string, { server, token, admin }: { readonly server: string; readonly token: string; readonly admin: string }): Promise<string> {
  const { clusters: [{ cluster }] } = Admin.parse(parse(admin));
  await writeFile(path, stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'bench',
    clusters: [{ name: 'bench', cluster: { server, 'certificate-authority-data': cluster['certificate-authority-data'] } }],
    users: [{ name: 'contender', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'contender' } }],
  }), { mode: 0o600 });
  return path;
}

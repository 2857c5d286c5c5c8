import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { ForeignClient } from '../../integration/apiserver.ts';

const account = 'modelkeeper-operator';
const rbac = { group: 'rbac.authorization.k8s.io', apiVersion: 'rbac.authorization.k8s.io/v1' };
const authorization = 'authorization.k8s.io/v1';
/** What an operator of one namespace needs first, and last. */
const asked = [
  { verb: 'create', group: 'coordination.k8s.io', resource: 'leases' },
  { verb: 'watch', group: 'modelkeeper.dev', resource: 'pipelines' },
  { verb: 'get', group: '', resource: 'secrets', name: 'any' },
];

/** Gives a ServiceAccount in the namespace the rights that the chart gives to an operator there, and returns a token of it. */
export async function operatorToken(client: ForeignClient, namespace: string): Promise<string> {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account } });
  await Promise.all(['cluster', 'namespace', 'notify'].map((which) => bind(client, namespace, which)));
  const spec = { expirationSeconds: 7_200 };
  const issued = await client.create(`${accounts}/${account}/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  for (const attributes of asked) while (!(await isAllowed(client, namespace, attributes)));
  return String(asRecord(issued['status'])?.['token']);
}

async function bind(client: ForeignClient, namespace: string, which: string): Promise<void> {
  const path = `/apis/${rbac.apiVersion}/namespaces/${namespace}`;
  const metadata = { name: `${account}-${which}` };
  const rules: unknown = parse(readFileSync(join(import.meta.dirname, `../../../charts/modelkeeper/files/${which}-rules.yaml`), 'utf8'));
  await client.create(`${path}/roles`, { apiVersion: rbac.apiVersion, kind: 'Role', metadata, rules });
  await client.create(`${path}/rolebindings`, {
    apiVersion: rbac.apiVersion, kind: 'RoleBinding', metadata, roleRef: { apiGroup: rbac.group, kind: 'Role', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
}

/** The API server knows of rights a moment after they were given. */
async function isAllowed(client: ForeignClient, namespace: string, attributes: object): Promise<boolean> {
  const spec = { user: `system:serviceaccount:${namespace}:${account}`, resourceAttributes: { namespace, ...attributes } };
  const review = await client.create(`/apis/${authorization}/subjectaccessreviews`, { apiVersion: authorization, kind: 'SubjectAccessReview', spec });
  return asRecord(review['status'])?.['allowed'] === true;
}

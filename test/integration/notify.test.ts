import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { readSecret } from '../../operator/kube/secret.ts';
import { openTransport, type Transport } from '../../operator/kube/transport.ts';
import { Deliveries } from '../../operator/notify/delivery.ts';
import { dispatcher } from '../../operator/notify/dispatcher.ts';
import type { Delivery, Notice } from '../../operator/notify/notice.ts';
import { asRecord } from '../../operator/runtime/json.ts';
import { FakeClock } from '../../operator/runtime/testing/clock.ts';
import { issue } from '../receivers/certificate.ts';
import { message } from '../receivers/messages.ts';
import { Receiver } from '../receivers/receiver.ts';
import { apiServer, ForeignClient, silent } from './apiserver.ts';

const host = 'receiver.tools.svc';
const tls = issue(host);
const receiver = new Receiver(tls);
const clock = new FakeClock();
const folder = mkdtempSync(join(tmpdir(), 'modelkeeper-notify-'));

let client: ForeignClient;
let transport: Transport;
let deliveries: Deliveries;
let namespace: string;
let url: string;
let clusterIP: string;
let tried = Promise.withResolvers<Delivery>();

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  client = new ForeignClient(kubeconfig);
  namespace = await client.freshNamespace();
  transport = openTransport({ source: { file: await serviceAccountConfig(kubeconfig) }, recorder: silent });
  const port = await receiver.listen(0, '127.0.0.1');
  url = `https://${host}:${port}/slack`;
  const other = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'other' }, spec: { ports: [{ port: 443 }] } };
  clusterIP = String(asRecord((await client.create(`/api/v1/namespaces/${namespace}/services`, other))['spec'])?.['clusterIP']);
  deliveries = new Deliveries({
    clock,
    post: dispatcher({
      allowedHosts: [{ host, port, allowPrivate: true }, { host: '*.tools.svc', port: 443, allowPrivate: false }], authorities: [tls.authority],
      resolve: (name) => Promise.resolve([{ address: name === host ? '127.0.0.1' : clusterIP, family: 4 }]),
    }),
    readSecret: (at) => readSecret(transport, at),
    leading: () => true,
    onTry: (_notice, delivery) => {
      tried.resolve(delivery);
      tried = Promise.withResolvers<Delivery>();
    },
  });
});

afterAll(async () => {
  deliveries.close();
  await Promise.all([receiver.close(), transport.close(), client.close()]);
  rmSync(folder, { recursive: true });
});

/** A kubeconfig of a service account that may do nothing. */
async function serviceAccountConfig(kubeconfig: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.create(path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'operator' } });
  const issued = await client.create(`${path}/operator/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  const users = [{ name: 'operator', user: { token: asRecord(issued['status'])?.['token'] } }];
  const config = asRecord(parse(readFileSync(kubeconfig, 'utf8'))) ?? {};
  const contexts = (config['contexts'] as { name: string; context: object }[]).map(({ name, context }) => ({ name, context: { ...context, user: 'operator' } }));
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, stringify({ ...config, users, contexts }));
  return file;
}

/** Lets time pass until a try ends like this: the API server needs a moment to know of rights. */
async function until(reason: string): Promise<void> {
  for (let delivery: Delivery | undefined; (delivery?.state === 'Failed' ? delivery.reason : delivery?.state) !== reason;) {
    const next = tried.promise;
    clock.advance(300_000);
    delivery = await next;
  }
}

async function allow(): Promise<void> {
  const rules: unknown = parse(readFileSync(join(import.meta.dirname, '../../charts/modelkeeper/files/notify-rules.yaml'), 'utf8'));
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const [apiVersion, metadata] = ['rbac.authorization.k8s.io/v1', { name: 'notify' }];
  await client.create(`${path}/roles`, { apiVersion, kind: 'Role', metadata, rules });
  await client.create(`${path}/rolebindings`, {
    apiVersion, kind: 'RoleBinding', metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'notify' },
    subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace }],
  });
}

test('a notice arrives once everything that stood in its way has been mended, and then once', async () => {
  const notice: Notice = { key: 'uid-1/2', type: 'Slack', namespace, secretKeyRef: { name: 'hooks', key: 'slack' }, message };
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  deliveries.want('ml/fraud', [notice]);
  await until('SecretForbidden');
  await allow();
  await until('SecretNotFound');
  await client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hooks' }, stringData: { slack: `https://${clusterIP}/slack` } });
  await until('HostNotAllowed');
  await client.mergePatch(`${secrets}/hooks`, { stringData: { slack: 'https://other.tools.svc/slack' } });
  await until('AddressNotAllowed');
  await client.mergePatch(`${secrets}/hooks`, { stringData: { slack: `${url}\n` } });
  receiver.fail({ kind: 'slack', count: 1, status: 503 });
  await until('Busy');
  await until('Sent');
  deliveries.want('ml/fraud', [notice]);
  clock.advance(600_000);
  expect([deliveries.facts('ml/fraud'), receiver.received.map(({ key, status, problems }) => ({ key, status, problems }))]).toEqual([
    new Map([['uid-1/2', { state: 'Sent' }]]), [{ key: 'uid-1/2', status: 503, problems: [] }, { key: 'uid-1/2', status: 200, problems: [] }],
  ]);
});

test.each([['list', ''], ['watch', '?watch=true']])('the right to get a Secret is no right to %s them', async (_verb, query) => {
  await expect(transport.request({ method: 'GET', path: `/api/v1/namespaces/${namespace}/secrets${query}` })).rejects.toMatchObject({ status: 403 });
});

test('the right to get a Secret is no right to get one elsewhere', async () => {
  const elsewhere = await client.freshNamespace();
  await expect(readSecret(transport, { namespace: elsewhere, name: 'hooks' })).rejects.toMatchObject({ status: 403 });
});

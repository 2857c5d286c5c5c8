import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { receiverObjects } from '../../hack/demo/receivers.ts';
import { asRecord } from '../../operator/runtime/json.ts';
import { issue } from '../receivers/certificate.ts';
import { apiServer, ForeignClient } from './apiserver.ts';

let client: ForeignClient;
let namespace: string;

beforeAll(async () => {
  client = new ForeignClient((await apiServer()).kubeconfig);
  namespace = await client.freshNamespace();
  await client.mergePatch(`/api/v1/namespaces/${namespace}`, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
});
afterAll(() => client.close());

test('the receiver is made of objects that an API server takes, and its pod passes Pod Security `restricted`', async () => {
  const objects = receiverObjects('modelkeeper:test', issue('receiver.test')).map((object) => asRecord(object) ?? {});
  const plurals: Record<string, string> = { Secret: 'api/v1 secrets', ConfigMap: 'api/v1 configmaps', Service: 'api/v1 services', Deployment: 'apis/apps/v1 deployments' };
  for (const object of objects) {
    const [root = '', plural = ''] = (plurals[String(object['kind'])] ?? '').split(' ');
    await client.create(`/${root}/namespaces/${namespace}/${plural}`, object);
  }
  const template = asRecord(asRecord(objects.find(({ kind }) => kind === 'Deployment')?.['spec'])?.['template']);
  const pod = await client.create(`/api/v1/namespaces/${namespace}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'receiver' }, spec: template?.['spec'] });
  expect(pod['kind']).toBe('Pod');
});

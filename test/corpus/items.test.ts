import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTransport } from '../../operator/kube/transport.ts';
import { apiServer, ForeignClient, silent } from '../integration/apiserver.ts';
import { installDefinitions } from '../integration/definitions.ts';
import { answerOf, asker, described } from './answers.ts';
import { itemOf, items } from './items.ts';

let asking: ReturnType<typeof asker>;
let client: ForeignClient;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  const transport = openTransport({ source: { file: kubeconfig }, recorder: silent });
  await installDefinitions(transport);
  await transport.close();
  asking = asker(kubeconfig);
  client = new ForeignClient(kubeconfig);
});

afterAll(async () => {
  await asking.close();
  await client.close();
});

describe('the API server answers as the item says', () => {
  test.each(items().map((item) => [item.name, item] as const))('%s', async (_name, item) => {
    const namespace = await client.freshNamespace();
    expect(described(await answerOf(item, namespace, asking.ask), item.expect)).toEqual(item.expect);
  });
});

test('no two items are the same', () => {
  const said = items().map(({ documents }) => JSON.stringify(documents));
  expect(said.filter((text, index) => said.indexOf(text) !== index)).toEqual([]);
});

test.each([
  ['whose first document is a manifest', 'apiVersion: v1\nkind: Secret', /first document must say what is expected/],
  ['without a manifest', 'expect:\n  stored: {}', /no manifest/],
])('a file %s is no item', (_what, text, message) => expect(() => itemOf('bad', text)).toThrow(message));

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Stage } from '../integration/operator/stage.ts';
import { asker } from './answers.ts';
import { itemOf, items } from './items.ts';
import { outcomeOf } from './outcome.ts';

let asking: ReturnType<typeof asker>;
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
  asking = asker(stage.server.kubeconfig);
});

afterAll(async () => {
  await asking.close();
  await stage.close();
});

describe('what comes of an item is what it says', () => {
  test.each(items().map((item) => [item.name, item] as const))('%s', async (_name, item) => {
    expect(await outcomeOf(item, stage, asking.ask)).toEqual(item.expect);
  });
});

test('no two items are the same', () => {
  const said = items().map(({ documents, text, lenient, expect: expected }) => JSON.stringify([documents, text, lenient, documents.length === 0 ? expected : '']));
  expect(said.filter((text, index) => said.indexOf(text) !== index)).toEqual([]);
});

test.each([
  ['whose first document is a manifest', 'apiVersion: v1\nkind: Secret', /first document must say what is expected/],
  ['without a manifest', 'expect:\n  stored: {}', /no manifest/],
])('a file %s is no item', (_what, text, message) => expect(() => itemOf('bad', text)).toThrow(message));

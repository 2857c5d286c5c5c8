import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { apiServer } from '../integration/apiserver.ts';
import { installDefinitionsOn } from '../integration/definitions.ts';
import { agreement } from './agreement.ts';
import { asker } from './answers.ts';
import { shrunk } from './generate/shrink.ts';

/** Always the same objects: `npm run test:corpus` takes others each time. */
const seed = 20_260_301;

let asking: ReturnType<typeof asker>;

beforeAll(async () => {
  const { kubeconfig } = await apiServer();
  await installDefinitionsOn(kubeconfig);
  asking = asker(kubeconfig);
});

afterAll(() => asking.close());

test.each(kinds.map((kind) => [kind.kind, kind] as const))('zod and the API server agree on any %s, whatever place of it is changed', async (_name, kind) => {
  const { objects, accepted, missed, disagreements } = await agreement(kind, { count: 600, seed, ask: asking.ask });
  expect({ seed, disagreements, missed }).toEqual({ seed, disagreements: [], missed: [] });
  // Both answers must come often, or the agreement says little.
  expect(Math.min(accepted, objects - accepted)).toBeGreaterThan(objects / 5);
});

test('what they disagree on is shown with nothing besides', async () => {
  const isTrue = (value: unknown): Promise<boolean> => Promise.resolve(JSON.stringify(value).includes('"b":[true'));
  expect(await shrunk({ a: 1, steps: [{ name: 'x'.repeat(30) }, { b: [true, false], c: {} }] }, isTrue)).toEqual({ steps: [{ b: [true] }] });
});

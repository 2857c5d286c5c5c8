import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { openTransport, type Transport } from '../../operator/kube/transport.ts';
import { apiServer, silent } from '../integration/apiserver.ts';
import { installDefinitions } from '../integration/definitions.ts';
import { compare, installStructures, untouched } from './agreement.ts';

let transport: Transport;

beforeAll(async () => {
  transport = openTransport({ source: { file: (await apiServer()).kubeconfig }, recorder: silent });
  await installDefinitions(transport);
  await installStructures(transport);
}, 120_000);

afterAll(() => transport.close());

test.each(kinds.map(({ kind }) => kind))('zod and the API server agree on any %s, whatever place of it is changed', async (kind) => {
  const agreement = await compare(transport, kind, { objects: 400, seed: 1 });
  expect(agreement.disagreements).toEqual([]);
  expect(untouched(agreement)).toEqual([]);
  // Both answers must come often, or the agreement says little.
  expect(Math.min(agreement.accepted, agreement.refused)).toBeGreaterThan(agreement.objects / 10);
}, 120_000);

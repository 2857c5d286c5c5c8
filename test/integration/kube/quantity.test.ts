import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { asRecord } from '../../../operator/runtime/json.ts';
import { canonicalQuantity } from '../../../operator/runtime/quantity.ts';
import { apiServer, ForeignClient } from '../apiserver.ts';

let client: ForeignClient;
let path: string;

beforeAll(async () => {
  client = new ForeignClient((await apiServer()).kubeconfig);
  path = `/api/v1/namespaces/${await client.freshNamespace()}/resourcequotas`;
}, 120_000);

afterAll(() => client.close());

/** The quantity as the API server gives it back. */
async function stored(quantity: string): Promise<unknown> {
  const body = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { generateName: 'q-' }, spec: { hard: { 'requests.memory': quantity } } };
  const live = await client.create(path, body);
  return asRecord(asRecord(live['spec'])?.['hard'])?.['requests.memory'];
}

const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti', 'e3', 'E2', 'e-3', 'e1');
const whole = fc.oneof(fc.nat(2000), fc.nat(1_000_000), fc.nat(1000).map((n) => n * 1024), fc.nat(1000).map((n) => n * 1000));
const decimals = fc.oneof(fc.constant(''), fc.integer({ min: 1, max: 999 }).map((n) => `.${n}`), fc.constant('.5'));
/** Whole, without a suffix of its own, and told in thousands: as bytes it would be read back as a decimal quantity. */
const examples: [string][] = [['1937.5Ki'], ['0.9765625Mi']];
const quantity = fc.tuple(whole, decimals, suffix).map(([digits, fraction, unit]) => `${digits}${fraction}${unit}`);

test('what is written in canonical form comes back unchanged', async () => {
  await fc.assert(fc.asyncProperty(quantity, async (text) => {
    const canonical = canonicalQuantity(text);
    expect(await stored(canonical)).toBe(canonical);
  }), { numRuns: 300, examples });
}, 60_000);

test('any other form comes back in canonical form, or as it was sent', async () => {
  await fc.assert(fc.asyncProperty(quantity, async (text) => {
    const canonical = canonicalQuantity(text);
    const answer = await stored(text);
    expect([text, canonical]).toContain(answer);
    expect(canonicalQuantity(String(answer))).toBe(canonical);
  }), { numRuns: 300, examples });
}, 60_000);

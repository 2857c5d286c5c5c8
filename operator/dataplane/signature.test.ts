import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { maxSkewMs, signRequest, verifyRequest, type Signed } from './signature.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signed: Signed = { method: 'PUT', path: '/config', body: '{"epoch":1}', timeMs: 1_000_000 };
const signature = signRequest(signed, privateKey);

test('a request is known by its signature within the allowed skew', () => {
  for (const now of [signed.timeMs - maxSkewMs, signed.timeMs, signed.timeMs + maxSkewMs]) {
    expect(verifyRequest(signed, signature, publicKey, now)).toBe(true);
  }
});

test.each<[string, Partial<Signed>]>([
  ['another method', { method: 'GET' }],
  ['another path', { path: '/summary' }],
  ['another body', { body: '{"epoch":2}' }],
  ['another time', { timeMs: 1_000_001 }],
  ['a time that is none', { timeMs: Number.NaN }],
])('%s needs another signature', (_name, change) => {
  expect(verifyRequest({ ...signed, ...change }, signature, publicKey, signed.timeMs)).toBe(false);
});

test.each([-1, 1])('a request that is too old or comes from the future is refused', (direction) => {
  expect(verifyRequest(signed, signature, publicKey, signed.timeMs + direction * (maxSkewMs + 1))).toBe(false);
});

test.each(['', 'AAAA', 'not base64url!', signature.slice(2)])('a signature that is none is refused without throwing: %s', (text) => {
  expect(verifyRequest(signed, text, publicKey, signed.timeMs)).toBe(false);
});

test('the signature of another key is refused', () => {
  const other = generateKeyPairSync('ed25519');
  expect(verifyRequest(signed, signRequest(signed, other.privateKey), publicKey, signed.timeMs)).toBe(false);
});

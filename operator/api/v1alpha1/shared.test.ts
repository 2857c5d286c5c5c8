import { describe, expect, test } from '@jest/globals';
import { container, duration, durationMs, label, nameRule, parseVolumeUri, volumeUri } from './shared.ts';

const accepts = (type: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean => type.safeParse(value).success;

describe('a duration', () => {
  test.each([['0s', 0], ['90s', 90_000], ['1h30m', 5_400_000], ['1h1m1s', 3_661_000], ['2m', 120_000]])('of %s is %d ms', (text, ms) => {
    expect([accepts(duration('0s', '168h'), text), durationMs(text)]).toEqual([true, ms]);
  });
  test.each(['', '5', '-5m', '1.5h', '5 m', '5ms', '1d', '1h1m1s1h', '100000h', '5m\n'])('is not %p', (text) => expect(accepts(duration('0s', '168h'), text)).toBe(false));
});

describe('a volume URI', () => {
  test.each([
    ['pvc://store', { claim: 'store', path: '' }], ['pvc://my.store/a', { claim: 'my.store', path: 'a' }], ['pvc://store/ml/sha256/ab', { claim: 'store', path: 'ml/sha256/ab' }],
  ])('%s names a claim and a path', (uri, parts) => expect([accepts(volumeUri, uri), parseVolumeUri(uri)]).toEqual([true, parts]));
  test.each([
    'pvc://', 'pvc:///x', 'pvc://Store/x', 'pvc://-store', 'pvc://store/', 'pvc://store//x', 'pvc://store/%2e%2e/x', 'pvc://store/a\\b', 'pvc://store/a b', 'file:///etc/passwd', 's3://b/x', ' pvc://store',
    `pvc://${'a'.repeat(64)}/x`,
  ])('is not %p', (uri) => expect(accepts(volumeUri, uri)).toBe(false));
});

describe('an image', () => {
  test.each(['python:3.12', 'ghcr.io/a/b-c_d@sha256:' + 'a'.repeat(64), 'localhost:5000/x'])('may be %s', (image) => expect(accepts(container, { image })).toBe(true));
  test.each(['', 'x y', 'x\n', '-x', '$(X)', '../x', `a${'b'.repeat(512)}`])('may not be %p', (image) => expect(accepts(container, { image })).toBe(false));
});

describe('a quantity', () => {
  const cpu = (amount: unknown) => ({ image: 'a', resources: { limits: { cpu: amount } } });
  test.each(['1', '0.5', '500m', '1Gi', '1.5Gi', 2, 0])('may be %p', (amount) => expect(accepts(container, cpu(amount))).toBe(true));
  test.each(['', 'lots', '-1', '1e3', '1 Gi', '.5', -1, 0.5, null])('may not be %p', (amount) => expect(accepts(container, cpu(amount))).toBe(false));
});

test('a label is a DNS-1035 label of a length', () => {
  expect(['a', 'a-1', 'a'.repeat(20)].map((text) => accepts(label(20), text))).toEqual([true, true, true]);
  expect(['', '1a', 'a-', 'A', 'a_b', 'a.b', 'a\n', 'é', 'a'.repeat(21)].map((text) => accepts(label(20), text))).toEqual(Array(9).fill(false));
});

test('the rule on names tells the limit', () => {
  expect(nameRule(30)).toEqual({
    rule: "self.metadata.name.size() <= 30 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    messageExpression: expect.stringContaining('at most 30 characters'),
  });
});

test.each([
  ['counts characters beyond the first plane of Unicode once', 5, true],
  ['has a limit', 9, false],
])('what is passed to a container %s', (_what, args, accepted) => {
  expect(container.safeParse({ image: 'python:3', args: Array.from({ length: args }, () => '\u{1f600}'.repeat(4_096)) }).success).toBe(accepted);
});

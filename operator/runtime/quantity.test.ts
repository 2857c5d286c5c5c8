import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalQuantity } from './quantity.ts';

describe('canonicalQuantity', () => {
  test.each([
    ['0', '0'], ['000', '0'], ['0.0Gi', '0'], ['1', '1'], ['1000m', '1'], ['0.5', '500m'], ['.5', '500m'], ['5.', '5'],
    ['1500m', '1500m'], ['0.1', '100m'], ['2000', '2k'], ['1024', '1024'], ['1e3', '1e3'], ['12E2', '1200'], ['1e-3', '1e-3'],
    ['1024Mi', '1Gi'], ['1536Mi', '1536Mi'], ['1.5Gi', '1536Mi'], ['512Ki', '512Ki'], ['0.5Ki', '512'], ['1000Ki', '1000Ki'], ['1937.5Ki', '1984k'],
    ['1.0001Ki', '1024103m'], ['8Ei', '9223372036854775807'], ['1E', '1E'], ['0.0000000001', '1m'], ['0.0011', '2m'],
    ['-1000m', '-1'], ['+3', '3'], ['100n', '1m'], ['1000u', '1m'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  test.each(['', '.', 'Mi', '1 Gi', '1gi', '1KI', '0x10', 'NaN', '1e', '--1', '1e999999999'])('%p is no quantity', (text) => {
    expect(() => canonicalQuantity(text)).toThrow(RangeError);
  });

  test('the canonical form is its own canonical form', () => {
    const fraction = fc.oneof(fc.nat(9_999), fc.constantFrom(5, 25, 125));
    const quantity = fc.tuple(fc.nat(), fraction, fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-2', 'u', 'n'));
    fc.assert(fc.property(quantity, ([whole, fraction, suffix]) => {
      const canonical = canonicalQuantity(`${whole}.${fraction}${suffix}`);
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }));
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareVersions } from './version.ts';

test('resourceVersions are ordered as the numbers they are, of any length', () => {
  const version = fc.oneof(fc.bigInt({ min: 1n, max: 10n ** 40n }), fc.bigInt({ min: 1n, max: 120n }));
  fc.assert(fc.property(version, version, (a, b) => {
    expect(Math.sign(compareVersions(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
  }));
});

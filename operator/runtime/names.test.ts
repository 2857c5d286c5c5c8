import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { childName, shortHash } from './names.ts';

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const uid = fc.uuid();
const parts = fc.array(fc.oneof(fc.string(), fc.nat()), { maxLength: 4 });

describe('the name of a child', () => {
  test('is a DNS label of at most 63 characters', () => {
    fc.assert(fc.property(label, uid, parts, (prefix, owner, rest) => {
      const name = childName({ uid: owner }, prefix, ...rest);
      expect(name.length).toBeLessThanOrEqual(63);
      expect(name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])?$/);
    }));
  });

  test('is always the same for the same child', () => {
    fc.assert(fc.property(label, uid, parts, (prefix, owner, rest) => {
      expect(childName({ uid: owner }, prefix, ...rest)).toBe(childName({ uid: owner }, prefix, ...rest));
    }));
  });

  test('is another for each owner, even of one name', () => {
    fc.assert(fc.property(label, uid, uid, parts, (prefix, a, b, rest) => {
      fc.pre(a !== b);
      expect(childName({ uid: a }, prefix, ...rest)).not.toBe(childName({ uid: b }, prefix, ...rest));
    }));
  });

  test('is another for prefixes that are equal only as far as they fit', () => {
    const long = 'a'.repeat(60);
    expect(childName({ uid: 'u' }, `${long}b`)).not.toBe(childName({ uid: 'u' }, `${long}c`));
  });

  test('has no doubled hyphen where the prefix was cut', () => {
    expect(childName({ uid: 'u' }, `${'a'.repeat(53)}-bbbb`)).toMatch(/^a{53}-[0-9a-f]{8}$/);
  });
});

test.each<[string, (string | number)[], (string | number)[]]>([
  ['where one part ends and the next begins', ['ab', 'c'], ['a', 'bc']],
  ['the number of parts', ['a'], ['a', '']],
  ['the order of parts', ['a', 'b'], ['b', 'a']],
  ['whether a part is a number', [1], ['1']],
])('a short hash depends on %s', (_what, one, other) => {
  expect(shortHash(...one)).not.toBe(shortHash(...other));
  expect(shortHash(...one)).toMatch(/^[0-9a-f]{8}$/);
});

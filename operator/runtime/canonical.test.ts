import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, digestOf, isSameJson } from './canonical.ts';

/** The same value with the members of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).reverse().map(([key, member]) => [key, reversed(member)]));
}

test('equal values have equal text, whatever the order of their members', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
  }));
});

test('members are in the order of their names, however many there are', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }).map((name) => `${name}.`), { maxLength: 40 }), (names) => {
    const members = [...names].sort().map((name) => `${JSON.stringify(name)}:1`);
    expect(canonicalJson(Object.fromEntries(names.map((name) => [name, 1])))).toBe(`{${members.join(',')}}`);
  }));
});

test('the text can be read back', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  }));
});

test.each<[string, unknown, unknown, boolean]>([
  ['a member that is undefined counts as absent', { a: 1, b: undefined }, { a: 1 }, true],
  ['a member that is null does not', { a: 1, b: null }, { a: 1 }, false],
  ['the order of a list counts', [1, 2], [2, 1], false],
  ['a number is not its text', { a: 1 }, { a: '1' }, false],
  ['an empty object is not an empty list', {}, [], false],
  ['deep members are sorted, too', { a: [{ y: 1, x: 2 }] }, { a: [{ x: 2, y: 1 }] }, true],
  ['members with numbers for names are members', { 10: 'a', 9: 'b' }, { 9: 'b', 10: 'a' }, true],
  ['of a list, a member that is undefined is null', [undefined], [null], true],
  ['an object is not a list with the same members', { 0: 'a' }, ['a'], false],
  ['a shorter list is another one', [1], [1, 2], false],
  ['nothing is not an empty object', null, {}, false],
  ['a member may be called __proto__', JSON.parse('{"__proto__": 1}'), {}, false],
  ['a member may have the name of a method', { toString: 1 }, {}, false],
])('%s', (_name, one, other, equal) => {
  expect(digestOf(one) === digestOf(other)).toBe(equal);
  expect(isSameJson(one, other)).toBe(equal);
  expect(isSameJson(other, one)).toBe(equal);
});

test('values are the same when their texts are', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(fc.property(fc.oneof(fc.tuple(value, value), value.map((one) => [one, reversed(one)] as const)), ([one, other]) => {
    expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
  }));
});

test('a digest names its algorithm', () => {
  expect(digestOf({ a: 1 })).toBe('sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
});

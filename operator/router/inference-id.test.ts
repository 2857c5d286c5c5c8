import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classToken } from './classes.ts';
import { decodeId, encodeId, nonces, type Inference } from './inference-id.ts';

const newNonce = nonces();
const version = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
const inference: fc.Arbitrary<Inference> = fc.record({
  version,
  start: fc.integer({ min: 0, max: 2 ** 33 }).map((seconds) => seconds * 1_000),
  classes: fc.option(fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.boolean()).map(classToken), { minLength: 1, maxLength: 16 }), { nil: undefined }),
  nonce: fc.constant(undefined).map(newNonce),
});

describe('an inference id', () => {
  test('gives back what went in: any version, up to 16 classes of one character', () => {
    fc.assert(fc.property(inference, (value) => {
      expect(decodeId(encodeId(value))).toEqual(value);
    }));
  });

  test('has at most 128 characters, none of which a URL escapes', () => {
    fc.assert(fc.property(inference, fc.array(fc.string(), { maxLength: 16 }), (value, labels) => {
      const id = encodeId({ ...value, classes: labels.map(classToken) });
      expect(id.length).toBeLessThanOrEqual(128);
      expect(encodeURIComponent(id)).toBe(id);
      expect(decodeId(id)?.version).toBe(value.version);
    }));
  });

  test('leaves classes out together when they do not fit', () => {
    const value = { version: 'v'.repeat(63), start: 1_000, nonce: newNonce() };
    expect(decodeId(encodeId({ ...value, classes: Array<string>(16).fill('_abcdefghijk') }))?.classes).toBeUndefined();
  });

  test('is refused after any change of one character', () => {
    fc.assert(fc.property(inference, fc.nat(), fc.stringMatching(/^[A-Za-z0-9._~-]$/), (value, at, character) => {
      const id = encodeId(value);
      const i = at % id.length;
      fc.pre(id[i] !== character);
      expect(decodeId(id.slice(0, i) + character + id.slice(i + 1))).toBeUndefined();
    }));
  });

  test('is refused when cut, extended or made up', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(decodeId(text)).toBeUndefined();
    }));
    const id = encodeId({ version: 'v1', start: 5_000, classes: ['1'], nonce: newNonce() });
    expect(decodeId(id.slice(0, -1))).toBeUndefined();
    expect(decodeId(`${id}0`)).toBeUndefined();
  });
});

test('nonces do not repeat', () => {
  const next = nonces();
  expect(new Set(Array.from({ length: 2_000 }, next)).size).toBe(2_000);
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalClass } from '../profile/classes.ts';
import { classToken, readClasses } from './classes.ts';

describe('classToken', () => {
  test('is short and made of letters, digits, - and _', () => {
    fc.assert(fc.property(fc.string(), (label) => {
      expect(classToken(label)).toMatch(/^[A-Za-z0-9_-]{1,16}$/);
    }));
  });

  test('differs for different classes', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      expect(classToken(a) === classToken(b)).toBe(canonicalClass(a) === canonicalClass(b));
    }));
  });
});

describe('readClasses', () => {
  const response = (shape: unknown, data: unknown): string => JSON.stringify({ model_name: 'm', outputs: [{ name: 'o', datatype: 'X', shape, data }] });

  test.each<[string, string, readonly string[]]>([
    ['integers', response([3], [0, 1, 2]), ['0', '1', '2']],
    ['a column', response([2, 1], [1, 0]), ['1', '0']],
    ['a nested column', response([2, 1], [[1], [0]]), ['1', '0']],
    ['floating-point numbers that are classes', response([2], [1.0, 0.0]), ['1', '0']],
    ['booleans', response([2], [true, false]), ['1', '0']],
    ['strings', response([2], ['cat', 'dog']), ['cat', 'dog']],
    ['the first of two outputs', JSON.stringify({ outputs: [{ shape: [1], data: [7] }, { shape: [9], data: [0.1] }] }), ['7']],
    ['16 rows', response([16], Array(16).fill(1)), Array<string>(16).fill('1')],
  ])('reads %s', (_, body, expected) => {
    expect(readClasses(body)).toEqual(expected);
  });

  test.each([
    ['scores', response([2], [0.2, 0.8])],
    ['two columns', response([1, 2], [0, 1])],
    ['17 rows', response([17], Array(17).fill(1))],
    ['no rows', response([0], [])],
    ['a wrong number of rows', response([3], [1, 0])],
    ['a null', response([1], [null])],
    ['no outputs', '{"outputs":[]}'],
    ['another document', '{"predictions":[1]}'],
    ['NaN tokens', '{"outputs":[{"shape":[1],"data":[NaN]}]}'],
    ['no JSON', 'hello'],
    ['nothing', ''],
  ])('reads no class from %s', (_, body) => {
    expect(readClasses(body)).toBeUndefined();
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.json(), (body) => { readClasses(body); }));
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cellCount } from '../../profile/cells.ts';
import type { Bins } from '../../profile/format.ts';
import { rowCounter } from './rows.ts';

const amount: Bins = { type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [0] };
const country: Bins = { type: 'Categorical', name: 'country', categories: ['DE', 'FR'] };
/** amount: below 0, exactly 0, up to 10, above; country: DE, FR, other. */
const [below, zero, inside, above, de, fr, other] = [0, 1, 2, 3, 4, 5, 6];

interface Input { readonly name?: unknown; readonly shape?: unknown; readonly data?: unknown }
const bodyOf = (...inputs: Input[]): string => JSON.stringify({ inputs: inputs.map((input) => ({ datatype: 'FP64', ...input })) });

function count(body: string, features: readonly Bins[] = [amount, country]): { rows: number | undefined; cells: number[] } {
  const cells: number[] = [];
  return { rows: rowCounter(features)(body, cells), cells };
}

describe('a request is brought into the features', () => {
  test.each([
    ['by the names of tensors [n]', bodyOf({ name: 'amount', shape: [2], data: [5, -1] }, { name: 'country', shape: [2], data: ['FR', 'IT'] }), 2, [inside, below, fr, other]],
    ['by the names of tensors [n,1], nested', bodyOf({ name: 'country', shape: [1, 1], data: [['DE']] }, { name: 'amount', shape: [1, 1], data: [[11]] }), 1, [above, de]],
    ['by the order of the profile, flat', bodyOf({ name: 'x', shape: [2, 2], data: [0, 'DE', 10, 'FR'] }), 2, [zero, inside, de, fr]],
    ['by the order of the profile, row by row', bodyOf({ name: 'x', shape: [2, 2], data: [[0, 'DE'], [10, 'FR']] }), 2, [zero, inside, de, fr]],
    ['when a feature is not in it', bodyOf({ name: 'amount', shape: [2], data: [5, 5] }), 2, [inside, inside]],
    ['when it has others, too', bodyOf({ name: 'amount', shape: [1], data: [5] }, { name: 'noise', shape: [1, 3], data: [1, 2, 3] }), 1, [inside]],
    ['without rows', bodyOf({ name: 'amount', shape: [0], data: [] }), 0, []],
  ])('%s', (_, body, rows, cells) => {
    expect(count(body)).toEqual({ rows, cells });
  });

  test('of which there is one, whatever its tensor is called', () => {
    expect(count(bodyOf({ name: 'input-0', shape: [2, 1], data: [1, 0] }), [amount])).toEqual({ rows: 2, cells: [inside, zero] });
  });
});

describe('a value', () => {
  test.each([
    ['a text that is a number', '5', [inside]], ['true, which is 1', true, [inside]], ['false, which is 0', false, [zero]], ['-0, which is 0', '-0', [zero]],
    ['null', null, []], ['an empty text', ' ', []], ['a text that is no number', 'five', []],
  ])('of a numeric feature: %s', (_, value, cells) => {
    expect(count(bodyOf({ name: 'amount', shape: [1], data: [value] }))).toEqual({ rows: 1, cells });
  });

  test.each([
    ['a category', 'DE', [de]], ['one that is not listed', 'AT', [other]], ['null', null, []], ['an empty text', '', []], ['a number', 1, [other]],
  ])('of a categorical feature: %s', (_, value, cells) => {
    expect(count(bodyOf({ name: 'country', shape: [1], data: [value] }))).toEqual({ rows: 1, cells });
  });

  test('that is an empty text counts where the baseline has it as a category', () => {
    const channel: Bins = { type: 'Categorical', name: 'channel', categories: ['', '1', 'true'] };
    expect(count(bodyOf({ name: 'channel', shape: [3], data: ['', 1, true] }), [channel])).toEqual({ rows: 3, cells: [0, 1, 2] });
  });

  test('too large for a number is missing', () => {
    expect(count('{"inputs":[{"name":"amount","shape":[1],"data":[1e999]}]}')).toEqual({ rows: 1, cells: [] });
  });
});

test.each([
  ['no JSON', '{'],
  ['a NaN token', '{"inputs":[{"name":"amount","shape":[1],"data":[NaN]}]}'],
  ['no inputs', '{}'],
  ['an empty list of inputs', bodyOf()],
  ['null', 'null'],
  ['inputs that are no tensors', '{"inputs":[1]}'],
  ['a tensor without shape', bodyOf({ name: 'amount', data: [1] })],
  ['a tensor without data', bodyOf({ name: 'amount', shape: [1] })],
  ['a shape that is not that of the data', bodyOf({ name: 'amount', shape: [2], data: [1] })],
  ['a shape below zero', bodyOf({ name: 'amount', shape: [-1, -2], data: [1, 2] })],
  ['a shape of three dimensions', bodyOf({ name: 'amount', shape: [1, 1, 1], data: [1] })],
  ['only features of another model', bodyOf({ name: 'age', shape: [1], data: [1] })],
  ['another number of columns', bodyOf({ name: 'x', shape: [1, 3], data: [1, 2, 3] })],
  ['a feature of several columns', bodyOf({ name: 'amount', shape: [1, 3], data: [1, 2, 3] })],
  ['features of different numbers of rows', bodyOf({ name: 'amount', shape: [1], data: [1] }, { name: 'country', shape: [2], data: ['DE', 'DE'] })],
  ['an object among the values', bodyOf({ name: 'amount', shape: [2], data: [1, {}] })],
  ['a list too deep', bodyOf({ name: 'amount', shape: [1], data: [[[1]]] })],
  ['very deep lists', `{"inputs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
])('%s cannot be read, and nothing of it is counted', (_, body) => {
  expect(count(body)).toEqual({ rows: undefined, cells: [] });
});

test('whatever is sent, each row gets one cell of each feature at most', () => {
  const features = [amount, country];
  const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null));
  const named = fc.nat(20).chain((n) => fc.record({ name: fc.constantFrom('amount', 'country', 'x'), shape: fc.constant([n]), data: fc.array(value, { minLength: n, maxLength: n }) }));
  fc.assert(fc.property(fc.oneof(fc.json(), fc.array(named, { maxLength: 3 }).map((inputs) => JSON.stringify({ inputs }))), (body) => {
    const { rows, cells } = count(body, features);
    const ofAmount = cells.filter((cell) => cell < cellCount(amount)).length;
    expect(ofAmount).toBeLessThanOrEqual(rows ?? 0);
    expect(cells.length - ofAmount).toBeLessThanOrEqual(rows ?? 0);
    expect(cells.every((cell) => cell >= 0 && cell <= other)).toBe(true);
  }));
});

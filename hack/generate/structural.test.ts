import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { structural, type Schema } from './structural.ts';

const of = (type: z.ZodType): Schema => structural(z.toJSONSchema(type, { target: 'openapi-3.0', io: 'input' }), 'spec');
const text = z.string().max(9).describe('A text.');

describe('a schema is refused, with its path,', () => {
  test.each<[string, z.ZodType, string]>([
    ['with a union', z.object({ a: z.union([text, z.int()]).describe('Either.') }), 'spec.a: anyOf cannot be expressed in a structural schema'],
    ['with a lookahead', z.object({ a: z.string().max(9).regex(/^(?!x)/).describe('A text.') }), 'spec.a: the pattern is not RE2'],
    ['with a lookbehind', z.object({ a: z.string().max(9).regex(/(?<!x)y/).describe('A text.') }), 'spec.a: the pattern is not RE2'],
    ['with a string without a bound', z.object({ a: z.string().describe('A text.') }), 'spec.a: has no maxLength'],
    ['with a list without a bound', z.object({ a: z.array(text).describe('Texts.') }), 'spec.a: has no maxItems'],
    ['with a map without a bound', z.object({ a: z.record(z.string(), text).describe('Texts.') }), 'spec.a: has no maxProperties'],
    ['with a string without a bound in a list', z.object({ a: z.array(z.string().describe('A text.')).max(3).describe('Texts.') }), 'spec.a[]: has no maxLength'],
    ['with a string without a bound in a map', z.object({ a: z.record(z.string(), z.string()).meta({ maxProperties: 3 }).describe('Texts.') }), 'spec.a{}: has no maxLength'],
    ['without a description', z.object({ a: z.object({ b: z.string().max(9) }).describe('A thing.') }), 'spec.a.b: has no description'],
    ['without a description in a list', z.object({ a: z.array(z.object({ b: z.int() }).describe('One.')).max(3).describe('Things.') }), 'spec.a[].b: has no description'],
    ['of any type', z.object({ a: z.unknown().describe('Anything.') }), 'spec.a: has no type'],
  ])('%s', (_name, type, message) => expect(() => of(type)).toThrow(new Error(message)));

  test('that is none', () => {
    expect(() => structural([], 'spec')).toThrow(new Error('spec: is not a schema'));
    expect(() => structural({ type: 'object', properties: { a: null } }, 'spec')).toThrow(new Error('spec.a: is not a schema'));
  });
});

test('a schema is turned into what Kubernetes stores', () => {
  const quantity = z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true, pattern: '^[0-9]+$', minimum: 0, maxLength: 9 }).describe('An amount.');
  expect(of(z.object({
    name: z.string().min(1).max(9).regex(/^[a-z]+$/).describe('A name.'),
    kind: z.enum(['A', 'B']).default('A').describe('A kind.'),
    count: z.int32().min(0).describe('A count.'),
    bytes: z.int().min(0).describe('A size.'),
    share: z.number().min(0).max(1).optional().describe('A share.'),
    on: z.boolean().default(false).describe('A flag.'),
    amounts: z.record(z.string(), quantity).meta({ maxProperties: 8 }).optional().describe('Amounts.'),
    list: z.array(z.object({ key: text }).describe('One.')).max(3).default([]).describe('A list.').meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] }),
  }))).toEqual({
    type: 'object',
    required: ['name', 'count', 'bytes'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 9, pattern: '^[a-z]+$', description: 'A name.' },
      kind: { type: 'string', enum: ['A', 'B'], default: 'A', description: 'A kind.' },
      count: { type: 'integer', format: 'int32', minimum: 0, description: 'A count.' },
      bytes: { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'A size.' },
      share: { type: 'number', minimum: 0, maximum: 1, description: 'A share.' },
      on: { type: 'boolean', default: false, description: 'A flag.' },
      amounts: {
        type: 'object', maxProperties: 8, description: 'Amounts.',
        additionalProperties: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], description: 'An amount.', pattern: '^[0-9]+$', minimum: 0, maxLength: 9 },
      },
      list: {
        type: 'array', maxItems: 3, default: [], description: 'A list.', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'],
        items: { type: 'object', description: 'One.', required: ['key'], properties: { key: { type: 'string', maxLength: 9, description: 'A text.' } } },
      },
    },
  });
});

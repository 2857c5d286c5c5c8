import fc from 'fast-check';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** What people and programs have sent that was not expected. */
export const hostile: readonly string[] = [
  '', ' ', '\n', 'train\n', '\u0000', '\u001b[31mred', '\u202egnp.exe', '\u200b', '\u00e9', 'e\u0301', '\u{1f600}', '\ud800', '\udfff\ud800', '__proto__', 'constructor', 'hasOwnProperty',
  'NaN', 'Infinity', '-0', '1e400', '9007199254740993', 'null', 'true', '$(params.seed)', '$$(X)', '$(', '`id`', '; rm -rf /', '{{.}}', '../../etc/passwd', '%2e%2e', "'\"", '<!channel>',
  '0s', '1h1h', '99999h', '1.5h', '-5m', '1H', '0x10', '1e3', '.5', '0.', '+1', '1Ki', '1ki', '2026-02-30T00:00:00Z', '2026-03-01T12:00:00+01:00', '2026-03-01 12:00:00Z', '2026-03-01T12:00Z', '2026-03-01T23:59:60Z', '2026-03-01t12:00:00z',
  '2026-03-01T12:00:00.123456789Z', 'pvc://claim/a/../b', 'pvc://claim/./b', 'pvc://claim/...', 'pvc://claim//b', 'pvc://Claim/b', 'PVC://claim',
];

const numbers: readonly number[] = [0, -0, -1, 1, 0.5, 1.5, 1e-300, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308];

/** Values of every other type. */
const foreign: readonly unknown[] = [null, true, 0, 1.5, '', 'x', [], [null], ['x'], {}, { x: 1 }, [[]]];

const anything: fc.Arbitrary<unknown> = fc.constantFrom(...foreign);

/** Values for a place that has this schema: good ones, those at its bounds, and bad ones. */
export function valuesFor(schema: Json): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 5, arbitrary: proper(schema) }, { weight: 5, arbitrary: atBounds(schema) }, { weight: 1, arbitrary: anything });
}

/** Values that the schema alone would have; rules are another matter. */
export function proper(schema: Json): fc.Arbitrary<unknown> {
  const options = asItems(schema['enum']);
  if (options.length > 0) return fc.constantFrom(...options);
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(fc.nat(), textOf(schema));
  switch (schema['type']) {
    case 'string': return textOf(schema);
    case 'integer': return fc.integer({ min: bound(schema, 'minimum', -(2 ** 31)), max: Math.min(bound(schema, 'maximum', 2 ** 31 - 1), 2 ** 53 - 1) });
    case 'number': return fc.double({ min: bound(schema, 'minimum', -1e9), max: bound(schema, 'maximum', 1e9), noNaN: true });
    case 'boolean': return fc.boolean();
    case 'array': return fc.array(proper(asRecord(schema['items']) ?? {}), { minLength: bound(schema, 'minItems', 0), maxLength: Math.min(bound(schema, 'maxItems', 3), 3) });
    case 'object': return objectOf(schema);
    default: return anything;
  }
}

function objectOf(schema: Json): fc.Arbitrary<unknown> {
  const values = asRecord(schema['additionalProperties']);
  if (values !== undefined) return fc.dictionary(fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu'), proper(values));
  const members = Object.entries(asRecord(schema['properties']) ?? {}).map(([name, member]) => [name, proper(asRecord(member) ?? {})] as const);
  const requiredKeys = asItems(schema['required']).map(String);
  return fc.record(Object.fromEntries(members), { requiredKeys });
}

function textOf(schema: Json): fc.Arbitrary<string> {
  const { pattern } = schema;
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern.replaceAll('\\/', '/')), { maxLength: bound(schema, 'maxLength', 64) });
  return fc.string({ unit: 'grapheme', minLength: bound(schema, 'minLength', 0), maxLength: Math.min(bound(schema, 'maxLength', 20), 20) });
}

function bound(schema: Json, name: string, otherwise: number): number {
  const value = schema[name];
  return typeof value === 'number' ? value : otherwise;
}

/** The least and the most that is allowed, one more and one less, and what is known to be taken differently by different readers. */
function atBounds(schema: Json): fc.Arbitrary<unknown> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(fc.constantFrom(...numbers), fc.constantFrom(...hostile), lengths(schema, '9'));
  switch (schema['type']) {
    case 'string': return fc.oneof(fc.constantFrom(...hostile), lengths(schema, 'a'), lengths(schema, '\u{1f600}'));
    case 'integer': case 'number': {
      const edges = ['minimum', 'maximum'].flatMap((name) => (typeof schema[name] === 'number' ? [schema[name] - 1, schema[name], schema[name] + 1] : []));
      return fc.constantFrom(...numbers, ...edges);
    }
    case 'array': return fc.oneof(filled(schema), repeated(schema));
    case 'object': return schema['additionalProperties'] === undefined ? unknownMember(schema) : keyed(asRecord(schema['additionalProperties']) ?? {});
    default: return anything;
  }
}

function lengths(schema: Json, unit: string): fc.Arbitrary<string> {
  const most = bound(schema, 'maxLength', 64);
  return fc.constantFrom(0, 1, Math.floor(most / 2) + 1, most, most + 1).map((length) => unit.repeat(Math.max(0, length)));
}

/** As many items as are allowed, and one more; the names differ. */
function filled(schema: Json): fc.Arbitrary<unknown> {
  const most = bound(schema, 'maxItems', 8);
  return fc.tuple(proper(asRecord(schema['items']) ?? {}), fc.constantFrom(0, 1, most, most + 1)).map(([item, count]) => Array.from({ length: count }, (_, index) => numbered(item, index)));
}

function numbered(item: unknown, index: number): unknown {
  const record = asRecord(item);
  if (record === undefined) return typeof item === 'string' ? `n${index}` : item;
  return 'name' in record ? { ...record, name: `n${index}` } : 'weight' in record ? { ...record, weight: index + 1 } : record;
}

/** The same item twice. */
function repeated(schema: Json): fc.Arbitrary<unknown> {
  return proper(asRecord(schema['items']) ?? {}).map((item) => [item, item]);
}

function unknownMember(schema: Json): fc.Arbitrary<unknown> {
  return fc.tuple(objectOf(schema), fc.constantFrom('unknown', '__proto__', 'constructor', 'Name', '')).map(([value, name]) => withOwn(asRecord(value) ?? {}, name, 'x'));
}

function keyed(values: Json): fc.Arbitrary<unknown> {
  const names = [...hostile, 'cpu', 'a/b/c', 'nvidia.com/gpu', 'x'.repeat(63), 'x'.repeat(64)];
  return fc.tuple(proper(values), fc.constantFrom(...names), fc.nat(9)).map(([value, name, more]) => Object.entries(Array.from({ length: more })).reduce((map, [index]) => withOwn(map, `r${index}`, value), withOwn({}, name, value)));
}

/** A copy with an own member of that name, even if it is __proto__. */
export function withOwn(record: Json, name: string, value: unknown): Json {
  const copy = { ...record };
  Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

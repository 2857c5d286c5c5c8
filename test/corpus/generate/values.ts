import fc from 'fast-check';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** What takes the place of a value. `absent` leaves it out. */
export interface Replacement {
  readonly what: 'valid' | 'boundary' | 'invalid' | 'hostile' | 'unknown field';
  readonly value: unknown;
}
export const absent = Symbol('absent');

const hostileTexts: readonly string[] = [
  '', ' ', '\n', 'a\n', 'A', 'é', '😀', '😀'.repeat(40), '\u202eabc', '\u001b[31m', '\u0000', '\ud800', '__proto__', 'constructor', '$(params.x)', '`id`', '../../etc/passwd',
  'NaN', '1e400', '9'.repeat(400), '<!channel>', 'a'.repeat(5_000), '2026-02-30T00:00:00Z', '2026-01-01T00:00:00+02:00', '2026-01-01t00:00:00z', '2026-01-01T23:59:60Z', '2026-01-01',
];
const hostileNumbers: readonly unknown[] = [0, -0, -1, 1, 0.5, 1.5, 1e308, -1e308, 5e-324, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 63, '1', '0x10', true];
const wrongTypes: readonly unknown[] = [null, true, 0, 1.5, 'text', [], [null], {}, { a: 1 }, [[]]];

/** What to put in the place of a value that satisfies this schema; `present` is that value, where there is one. */
export function replacements(schema: Json, present: unknown): fc.Arbitrary<Replacement> {
  const own = ofType(schema, present);
  return fc.oneof(
    { weight: 6, arbitrary: own },
    { weight: 2, arbitrary: fc.constantFrom(...wrongTypes).map((value): Replacement => ({ what: 'invalid', value })) },
    { weight: 1, arbitrary: fc.constant<Replacement>({ what: 'invalid', value: absent }) },
  );
}

function ofType(schema: Json, present: unknown): fc.Arbitrary<Replacement> {
  if (schema['x-kubernetes-int-or-string'] === true) return fc.oneof(texts(schema, present), numbers(schema));
  switch (schema['type']) {
    case 'string': return texts(schema, present);
    case 'integer':
    case 'number': return numbers(schema);
    case 'boolean': return fc.boolean().map((value) => ({ what: 'valid', value }));
    case 'array': return lists(schema, present);
    default: return objects(schema, present);
  }
}

function texts(schema: Json, present: unknown): fc.Arbitrary<Replacement> {
  const { pattern, enum: choices } = schema;
  const maxLength = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : 64;
  const minLength = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  const valid = Array.isArray(choices) ? fc.constantFrom(...(choices as unknown[]))
    : typeof pattern === 'string' ? fc.stringMatching(new RegExp(pattern), { maxLength: Math.min(maxLength, 200) })
      : fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 40) });
  const sizes = [minLength - 1, minLength, maxLength - 1, maxLength, maxLength + 1].filter((size) => size >= 0);
  const sized = fc.tuple(fc.constantFrom(...sizes), fc.constantFrom('a', '0', '😀', 'é')).map(([size, letter]) => letter.repeat(size));
  const nearly = fc.constantFrom(...typeof present === 'string' ? [`${present}\n`, ` ${present}`, present.toUpperCase(), present.slice(1), `${present}${present}`, `${present}😀`] : ['']);
  return fc.oneof(
    valid.map((value): Replacement => ({ what: 'valid', value })),
    sized.map((value): Replacement => ({ what: 'boundary', value })),
    nearly.map((value): Replacement => ({ what: 'invalid', value })),
    fc.constantFrom(...hostileTexts).map((value): Replacement => ({ what: 'hostile', value })),
  );
}

function numbers(schema: Json): fc.Arbitrary<Replacement> {
  const minimum = typeof schema['minimum'] === 'number' ? schema['minimum'] : -(2 ** 31);
  const maximum = typeof schema['maximum'] === 'number' ? schema['maximum'] : 2 ** 31 - 1;
  const whole = schema['type'] !== 'number';
  const valid = whole ? fc.integer({ min: Math.ceil(minimum), max: Math.floor(maximum) }) : fc.double({ min: minimum, max: maximum, noNaN: true });
  return fc.oneof(
    valid.map((value): Replacement => ({ what: 'valid', value })),
    fc.constantFrom(minimum, minimum - 1, minimum + 1e-9, maximum, maximum + 1, maximum + 1e-9).map((value): Replacement => ({ what: 'boundary', value })),
    fc.constantFrom(...hostileNumbers).map((value): Replacement => ({ what: 'hostile', value })),
  );
}

function lists(schema: Json, present: unknown): fc.Arbitrary<Replacement> {
  const items = asItems(present);
  const maxItems = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : 16;
  const grown = (size: number): unknown[] => Array.from({ length: size }, (_, index) => named(items[0] ?? 'a', index));
  return fc.constantFrom<Replacement>(
    { what: 'valid', value: items.slice(0, 1) }, { what: 'valid', value: [...items].reverse() }, { what: 'boundary', value: [] },
    { what: 'boundary', value: grown(maxItems) }, { what: 'boundary', value: grown(maxItems + 1) },
    { what: 'invalid', value: [...items, ...items] }, { what: 'invalid', value: [...items, null] }, { what: 'invalid', value: [...items, {}] }, { what: 'hostile', value: Object.fromEntries(items.entries()) },
  );
}

/** The same item under another name, as lists are maps by name. */
function named(one: unknown, index: number): unknown {
  const record = asRecord(one);
  if (!record) return typeof one === 'string' ? `${one}${index}` : one;
  return typeof record['name'] === 'string' ? { ...record, name: `n${index}` } : { ...record };
}

function objects(schema: Json, present: unknown): fc.Arbitrary<Replacement> {
  const record = asRecord(present) ?? {};
  const isMap = asRecord(schema['additionalProperties']) !== undefined;
  const [value] = Object.values(record);
  const key = fc.constantFrom('__proto__', 'constructor', 'unknownField', 'toString', '', 'a b', 'é', 'x'.repeat(100));
  // A computed key makes an own member also of `__proto__`.
  const more = key.map((name): Replacement => ({ what: isMap ? 'hostile' : 'unknown field', value: Object.fromEntries([...Object.entries(record), [name, value ?? 1]]) }));
  const less = fc.constantFrom<Replacement>({ what: 'invalid', value: {} },
    ...Object.keys(record).map((name): Replacement => ({ what: 'invalid', value: Object.fromEntries(Object.entries(record).filter(([other]) => other !== name)) })));
  const nulled = fc.constantFrom<Replacement>({ what: 'invalid', value: null },
    ...Object.keys(record).map((name): Replacement => ({ what: 'invalid', value: { ...record, [name]: null } })));
  const full = fc.constant<Replacement>({ what: 'boundary', value: Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, value ?? 1])) });
  return isMap ? fc.oneof(more, less, full) : fc.oneof(more, less, nulled);
}

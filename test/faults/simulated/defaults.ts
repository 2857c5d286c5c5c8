import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** The value with the defaults of its OpenAPI schema, and without the members that the schema does not name. */
export function defaulted(value: unknown, openApi: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => defaulted(item, asRecord(openApi['items']) ?? {}));
  const record = asRecord(value);
  if (record === undefined || openApi['type'] !== 'object' || openApi['x-kubernetes-preserve-unknown-fields'] === true) return value;
  const others = asRecord(openApi['additionalProperties']);
  if (others !== undefined) return Object.fromEntries(Object.entries(record).map(([name, member]) => [name, defaulted(member, others)]));
  const properties = Object.entries(asRecord(openApi['properties']) ?? {});
  return Object.fromEntries(properties.flatMap(([name, property]): [string, unknown][] => {
    const schema = asRecord(property) ?? {};
    const given = record[name] ?? schema['default'];
    return given === undefined ? [] : [[name, defaulted(given, schema)]];
  }));
}

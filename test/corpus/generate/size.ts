import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { children } from './schema.ts';

/** Longest JSON that a schema allows, in characters: what rules allow besides is not counted. A place without a bound makes it infinite. */
export function largest(schema: Json): number {
  const options = asItems(schema['enum']);
  if (options.length > 0) return Math.max(...options.map((option) => JSON.stringify(option).length));
  if (schema['x-kubernetes-int-or-string'] === true || schema['type'] === 'string') return bound(schema, 'maxLength') + 2;
  switch (schema['type']) {
    case 'integer': case 'number': return 24;
    case 'boolean': return 5;
    case 'array': return 2 + bound(schema, 'maxItems') * (1 + largest(asRecord(schema['items']) ?? {}));
    case 'object': return 2 + children(schema).reduce((sum, [name, child]) => sum + (name === '{}' ? bound(schema, 'maxProperties') * (largest(child) + longestName) : largest(child) + name.length + 4), 0);
    default: return Infinity;
  }
}

/** Of a map's keys, with its quotes. */
const longestName = 67;

function bound(schema: Json, name: string): number {
  const value = schema[name];
  return typeof value === 'number' ? value : Infinity;
}

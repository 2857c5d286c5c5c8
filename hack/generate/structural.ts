export type Schema = Record<string, unknown>;

/** Keywords of JSON Schema that a structural schema has no place for, and that change nothing when they are left out. */
const dropped = new Set(['$schema', 'readOnly', 'contentEncoding', 'examples', 'deprecated']);

const validation = new Set([
  'type', 'description', 'default', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems',
  'maxProperties', 'required', 'nullable',
]);

/**
 * Turns the JSON Schema that zod makes into a structural schema of Kubernetes. Throws, with the path, on whatever it
 * cannot express, on a list, string or map without a bound (rules over it could not be costed), and on a field without
 * a description.
 */
export function structural(schema: unknown, path: string): Schema {
  const node = asSchema(schema, path);
  if (node['x-kubernetes-int-or-string'] === true) return intOrString(node);
  const result: Schema = {};
  for (const [key, value] of Object.entries(node)) {
    if (dropped.has(key)) continue;
    if (validation.has(key) || key.startsWith('x-kubernetes-')) result[key] = value;
    else if (key === 'properties') result[key] = properties(value, path);
    else if (key === 'items') result[key] = structural(value, `${path}[]`);
    else if (key === 'additionalProperties') Object.assign(result, additional(value, path));
    else if (key !== 'propertyNames' || Object.keys(asSchema(value, path)).join() !== 'type') throw new Error(`${path}: ${key} cannot be expressed in a structural schema`);
  }
  return checked(cleaned(result), path);
}

function intOrString(node: Schema): Schema {
  const { description, pattern, minimum, maximum, maxLength } = node;
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    ...(description === undefined ? {} : { description }), pattern, minimum, maximum, maxLength,
  };
}

function properties(value: unknown, path: string): Schema {
  return Object.fromEntries(Object.entries(asSchema(value, path)).map(([name, property]) => {
    const result = structural(property, `${path}.${name}`);
    if (typeof result['description'] !== 'string') throw new Error(`${path}.${name}: has no description`);
    return [name, result];
  }));
}

function additional(value: unknown, path: string): Schema {
  return value === false ? {} : { additionalProperties: structural(value, `${path}{}`) };
}

function cleaned(schema: Schema): Schema {
  const { minimum, maximum, format: _format, pattern, ...rest } = schema;
  const integer = rest['type'] === 'integer';
  const int32 = integer && typeof maximum === 'number' && maximum <= 2 ** 31 - 1;
  return {
    ...rest,
    ...(integer ? { format: int32 ? 'int32' : 'int64' } : {}),
    ...(minimum !== undefined && minimum !== -(2 ** 31) ? { minimum } : {}),
    ...(maximum !== undefined && maximum !== 2 ** 31 - 1 ? { maximum } : {}),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function checked(schema: Schema, path: string): Schema {
  const bounded = (bound: string): void => {
    if (schema[bound] === undefined) throw new Error(`${path}: has no ${bound}`);
  };
  if (schema['type'] === 'string' && schema['enum'] === undefined) bounded('maxLength');
  if (schema['type'] === 'array') bounded('maxItems');
  if (schema['additionalProperties'] !== undefined) bounded('maxProperties');
  if (typeof schema['pattern'] === 'string' && /\(\?[=!<]/.test(schema['pattern'])) throw new Error(`${path}: the pattern is not RE2`);
  if (schema['type'] === undefined) throw new Error(`${path}: has no type`);
  return schema;
}

function asSchema(value: unknown, path: string): Schema {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path}: is not a schema`);
  return value as Schema;
}

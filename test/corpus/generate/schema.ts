import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** A step from a value into one of its members: the name of a property, any item of a list, or any value of a map. */
export type Segment = string | typeof item | typeof entry;
export const item = Symbol('item');
export const entry = Symbol('entry');

/** One node of a schema: a field, or the items of a list. */
export interface Place {
  readonly path: readonly Segment[];
  /** The path as people write it, such as `spec.steps[].name`. */
  readonly text: string;
  readonly schema: Json;
  /** Nothing is below it. */
  readonly leaf: boolean;
}

/** The schema of the member `field` of the objects that a CustomResourceDefinition defines. */
export function schemaOf(definition: Json, field: string): Json {
  const [version] = asItems(asRecord(definition['spec'])?.['versions']);
  const root = asRecord(asRecord(asRecord(version)?.['schema'])?.['openAPIV3Schema']);
  const schema = asRecord(asRecord(root?.['properties'])?.[field]);
  if (!schema) throw new Error(`the definition has no ${field}`);
  return schema;
}

/** Every node of a schema, the root among them, each before what is below it. */
export function placesOf(schema: Json, at: { readonly path: readonly Segment[]; readonly text: string }): Place[] {
  const { path, text } = at;
  const below = [
    ...Object.entries(asRecord(schema['properties']) ?? {}).flatMap(([name, property]) => inner(property, { path: [...path, name], text: `${text}.${name}` })),
    ...inner(schema['items'], { path: [...path, item], text: `${text}[]` }),
    ...inner(schema['additionalProperties'], { path: [...path, entry], text: `${text}{}` }),
  ];
  return [{ path, text, schema, leaf: below.length === 0 }, ...below];
}

function inner(schema: unknown, at: { readonly path: readonly Segment[]; readonly text: string }): Place[] {
  const node = asRecord(schema);
  return node ? placesOf(node, at) : [];
}

/** The schema as structure alone: without rules, and with lists that are merely lists. */
export function withoutRules(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutRules);
  const node = asRecord(schema);
  if (!node) return schema;
  const ruled = new Set(['x-kubernetes-validations', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys']);
  return Object.fromEntries(Object.entries(node).filter(([name]) => !ruled.has(name)).map(([name, member]) => [name, withoutRules(member)]));
}

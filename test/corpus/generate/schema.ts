import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { definitions } from '../../integration/definitions.ts';

/** A place in a schema: member names, with `[]` for the items of a list and `{}` for the values of a map. */
export interface Leaf {
  readonly path: readonly string[];
  readonly schema: Json;
}

export function nameOf(leaf: Leaf): string {
  return ['spec', ...leaf.path].join('.').replaceAll('.[]', '[]').replaceAll('.{}', '{}');
}

/** The schema of one part of a kind as the API server has it. */
export function schemaOf(kind: string, part: 'spec' | 'status'): Json {
  const definition = definitions().map((one) => asRecord(one['spec'])).find((spec) => asRecord(spec?.['names'])?.['kind'] === kind);
  const [version] = asItems(definition?.['versions']).map(asRecord);
  const schema = asRecord(asRecord(asRecord(asRecord(version?.['schema'])?.['openAPIV3Schema'])?.['properties'])?.[part]);
  if (schema === undefined) throw new Error(`no definition of ${kind} with a ${part}`);
  return schema;
}

/** Every place below the root of a schema, lists and objects as well as what is in them. */
export function leavesOf(schema: Json, path: readonly string[] = []): Leaf[] {
  const below = children(schema).flatMap(([name, child]) => leavesOf(child, [...path, name]));
  return path.length === 0 ? below : [{ path, schema }, ...below];
}

export function children(schema: Json): [string, Json][] {
  const parts: [string, unknown][] = [...Object.entries(asRecord(schema['properties']) ?? {}), ['[]', schema['items']], ['{}', schema['additionalProperties']]];
  return parts.flatMap(([name, part]) => {
    const child = asRecord(part);
    return child === undefined ? [] : [[name, child] satisfies [string, Json]];
  });
}

import { z } from 'zod';
import { group, version, type Column } from '../../operator/api/kind.ts';
import type { kinds } from '../../operator/api/v1alpha1/index.ts';
import { fenceRule, nameRule } from '../../operator/api/v1alpha1/shared.ts';
import { structural, type Schema } from './structural.ts';

type Kind = (typeof kinds)[number];

/** The CustomResourceDefinition of a kind, as plain JSON. */
export function crd(kind: Kind): Schema {
  const { plural, shortName } = kind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind: kind.kind, listKind: `${kind.kind}List`, plural, singular: kind.kind.toLowerCase(), shortNames: [shortName], categories: ['modelkeeper'],
      },
      scope: 'Namespaced',
      versions: [{
        name: version,
        served: true,
        storage: true,
        subresources: { status: {}, ...(kind.scale ? { scale: kind.scale } : {}) },
        additionalPrinterColumns: kind.columns.map(column),
        schema: { openAPIV3Schema: rootSchema(kind) },
      }],
    },
  };
}

function column({ name, type, jsonPath, description }: Column): Schema {
  return { name, type, jsonPath, description };
}

function rootSchema(kind: Kind): Schema {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Version of the schema of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      spec: schemaOf(kind.spec, 'spec'),
      status: { ...withoutDefaults(schemaOf(kind.status, 'status')), default: { observedGeneration: -1 } },
    },
    'x-kubernetes-validations': [nameRule(kind.maxNameLength), fenceRule],
  };
}

function schemaOf(schema: z.ZodType, path: string): Schema {
  const json: unknown = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline', cycles: 'throw', unrepresentable: 'throw' });
  return structural(json, path);
}

/** Status is written by the operator alone, and whole: a default there would only hide what is missing. */
function withoutDefaults(schema: Schema): Schema {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'default').map(([key, member]) => [key, strip(member)]));
  };
  return strip(schema) as Schema;
}

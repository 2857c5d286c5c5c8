import { Environment } from '@marcbachmann/cel-js';
import { kinds } from '../../../operator/api/v1alpha1/index.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { schemaOf } from '../generate/schema.ts';
import { asStored, keepsAll } from '../stored.ts';

/** What admission of one kind says of a spec: the spec as it is stored, or undefined when it is refused. */
export type Admission = (spec: unknown, before?: Json) => Json | undefined;

/**
 * Admission without an API server: that zod accepts what it accepts is shown by agreement.ts, and rules that compare with
 * what was there before are evaluated as they stand in the definition.
 */
export function admissionOf(kind: string): Admission {
  const own = kinds.find((one) => one.kind === kind);
  if (own === undefined) throw new Error(`there is no kind ${kind}`);
  const keeps = transitionsOf(kind);
  return (spec, before) => {
    const sent = asStored(JSON.parse(JSON.stringify(spec) || 'null'));
    const read = own.spec.safeParse(sent);
    const stored = read.success && keepsAll(sent, read.data) ? asRecord(read.data) : undefined;
    return stored !== undefined && (before === undefined || keeps(stored, before)) ? stored : undefined;
  };
}

/** Whether every rule of the kind that names the old spec allows the new one. */
function transitionsOf(kind: string): (self: Json, oldSelf: Json) => boolean {
  const schema = schemaOf(kind, 'spec');
  const rules = rulesIn(schema).map((rule) => environment.parse(rule));
  if (JSON.stringify(schema).split('oldSelf').length !== JSON.stringify(rulesOf(schema)).split('oldSelf').length) throw new Error(`${kind} compares with the past below its spec, which is not evaluated here`);
  return (self, oldSelf) => rules.every((rule) => rule({ self, oldSelf }) === true);
}

const environment = new Environment().registerVariable('self', 'map').registerVariable('oldSelf', 'map');

function rulesIn(schema: Json): string[] {
  return rulesOf(schema).map((rule) => String(asRecord(rule)?.['rule'])).filter((rule) => rule.includes('oldSelf'));
}

function rulesOf(schema: Json): readonly unknown[] {
  return asItems(schema['x-kubernetes-validations']);
}

import { isDeepStrictEqual } from 'node:util';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { memberOf, type Schema } from './schema.ts';

/** A tree of the FieldsV1 format: `f:` is a member, `k:` an item by its keys, `v:` an item by its value, `.` the thing itself. */
export type Fields = Json;

const none: Fields = {};

/** The fields of a value: what a manager owns that applied it. Of an empty list of items there is nothing to own. */
export function fieldsOf(value: unknown, schema: Schema): Fields {
  return Object.fromEntries(partsOf(value, schema).filter((part) => !isEmptyList(part)).map((part) => [part.step, whole(part)]));
}

function isEmptyList({ value, schema }: Part): boolean {
  return (schema.type === 'Items' || schema.type === 'Values') && Array.isArray(value) && value.length === 0;
}

function whole({ step, value, schema }: Part): Fields {
  return { ...(step.startsWith('k:') ? { '.': {} } : {}), ...fieldsOf(value, schema) };
}

interface Part {
  readonly step: string;
  readonly value: unknown;
  readonly schema: Schema;
}

/** The parts of a value that can be owned apart; none if it is owned as a whole. */
export function partsOf(value: unknown, schema: Schema): readonly Part[] {
  if (schema.type === 'Items') {
    return asItems(value).map((item) => ({ step: stepOf(item, schema.keys), value: item, schema: schema.item }));
  }
  if (schema.type === 'Values') return asItems(value).map((item) => ({ step: `v:${JSON.stringify(item)}`, value: item, schema }));
  const record = schema.type === 'Members' ? asRecord(value) : undefined;
  return Object.entries(record ?? {}).map(([name, member]) => ({ step: `f:${name}`, value: member, schema: memberOf(schema, name) }));
}

/** How an item is named: by its keys, in the order of the alphabet. */
function stepOf(item: unknown, keys: readonly string[]): string {
  const record = asRecord(item) ?? {};
  return `k:${JSON.stringify(Object.fromEntries([...keys].sort().filter((key) => key in record).map((key) => [key, record[key]])))}`;
}

/** The fields of `after` that `before` does not have or has with another value. */
export function changed(before: unknown, after: unknown, schema: Schema): Fields {
  const old = new Map(partsOf(before, schema).map((part) => [part.step, part.value]));
  const entries = partsOf(after, schema).flatMap((part): [string, Fields][] => {
    const { step, value, schema: own } = part;
    if (!old.has(step)) return isEmptyList(part) ? [] : [[step, whole(part)]];
    const was = old.get(step);
    if (partsOf(value, own).length > 0) {
      const deeper = changed(was, value, own);
      return isEmpty(deeper) ? [] : [[step, deeper]];
    }
    return isDeepStrictEqual(was, value) || partsOf(was, own).length > 0 ? [] : [[step, none]];
  });
  return Object.fromEntries(entries);
}

export function union(...trees: readonly Fields[]): Fields {
  const result: Record<string, Fields> = {};
  for (const tree of trees) {
    for (const step of Object.keys(tree)) result[step] = union(result[step] ?? none, below(tree, step));
  }
  return result;
}

/** The fields of `tree` that are not in `other`. */
export function difference(tree: Fields, other: Fields): Fields {
  return Object.fromEntries(Object.keys(tree).flatMap((step): [string, Fields][] => {
    if (!(step in other)) return [[step, below(tree, step)]];
    const rest = difference(below(tree, step), below(other, step));
    return Object.keys(rest).length > 0 ? [[step, rest]] : [];
  }));
}

export function isEmpty(tree: Fields): boolean {
  return Object.keys(tree).length === 0;
}

export function below(tree: Fields, step: string): Fields {
  return asRecord(tree[step]) ?? none;
}

/** The value without these fields. An item goes as a whole with its `.`, and what has nothing left goes, too. */
export function without(value: unknown, tree: Fields, schema: Schema): unknown {
  if (isEmpty(tree)) return value;
  const kept = partsOf(value, schema).flatMap((part): Part[] => {
    if (!(part.step in tree)) return [part];
    const deeper = below(tree, part.step);
    if (isEmpty(deeper) || '.' in deeper) return [];
    const rest = without(part.value, deeper, part.schema);
    const gone = rest === undefined || (typeof rest === 'object' && rest !== null && Object.keys(rest).length === 0);
    return gone ? [] : [{ ...part, value: rest }];
  });
  if (schema.type !== 'Members') return kept.map(({ value: item }) => item);
  return Object.fromEntries(kept.map(({ step, value: member }) => [step.slice(2), member]));
}

/** What is applied, put into what is there. Items keep the order in which they are applied; those of others follow. */
export function merged(live: unknown, applied: unknown, schema: Schema): unknown {
  const parts = partsOf(applied, schema);
  const old = partsOf(live, schema);
  if (parts.length === 0 || old.length === 0) return parts.length === 0 && old.length > 0 && isEmptyValue(applied) ? live : applied;
  const before = new Map(old.map((part) => [part.step, part.value]));
  const given = new Map(parts.map((part) => [part.step, before.has(part.step) ? merged(before.get(part.step), part.value, part.schema) : part.value]));
  if (schema.type !== 'Members') return [...given.values(), ...old.filter(({ step }) => !given.has(step)).map(({ value }) => value)];
  return Object.fromEntries([...old.map((part) => part.step), ...given.keys()].map((step) => [step.slice(2), given.has(step) ? given.get(step) : before.get(step)]));
}

/** An empty object or list has nothing to put in. */
function isEmptyValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

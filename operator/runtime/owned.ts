import { digestOf } from './canonical.ts';
import { asItems, asRecord } from './json.ts';
import type { Json } from './kind.ts';

/** Metadata that names an object or that the API server alone writes: nobody owns it. */
const unowned = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink']);

/** A tree of the FieldsV1 format: `f:` is a member, `k:` an item by its keys, `v:` an item by its value, `.` the thing itself. */
type Fields = Json;

/**
 * The part of a live object that `fieldManager` owns by server-side apply, with its live values; empty when it owns
 * nothing. Neither defaults that the API server filled in nor what others added is in it.
 */
export function ownedPart(live: Json, fieldManager: string): Json {
  const entries = asItems(asRecord(live['metadata'])?.['managedFields']).map(asRecord).filter((entry) => entry !== undefined);
  const ours = entries.find((entry) => entry['manager'] === fieldManager && entry['operation'] === 'Apply' && entry['subresource'] === undefined);
  const fields = asRecord(ours?.['fieldsV1']);
  if (fields === undefined) return {};
  const others = entries.filter((entry) => entry !== ours).map((entry) => asRecord(entry['fieldsV1'])).filter((tree) => tree !== undefined);
  return withoutIdentity(asRecord(pick(live, fields, others)) ?? {});
}

export function ownedHash(live: Json, fieldManager: string): string {
  return digestOf(ownedPart(live, fieldManager));
}

/**
 * Hash of the body of an apply. It equals `ownedHash` of the live object exactly when an apply would change nothing,
 * provided the body is in the API server's canonical form: quantities, no empty lists, atomic parts with their defaults.
 */
export function desiredHash(body: Json): string {
  return digestOf(withoutIdentity(body));
}

function withoutIdentity(body: Json): Json {
  const rest = Object.entries(body).filter(([name]) => name !== 'apiVersion' && name !== 'kind' && name !== 'metadata');
  const metadata = Object.entries(asRecord(body['metadata']) ?? {}).filter(([name, value]) => !unowned.has(name) && value !== undefined);
  return Object.fromEntries(metadata.length === 0 ? rest : [...rest, ['metadata', Object.fromEntries(metadata)]]);
}

function pick(value: unknown, fields: Fields, others: readonly Fields[]): unknown {
  if (isLeaf(fields)) return others.every(isLeaf) ? value : empty(value);
  if (Array.isArray(value)) return pickItems(value, fields, others);
  const record = asRecord(value) ?? {};
  const members = Object.keys(fields).filter((step) => step.startsWith('f:') && step.slice(2) in record);
  return Object.fromEntries(members.map((step) => [step.slice(2), pick(record[step.slice(2)], below(fields, step), othersBelow(others, step))]));
}

/** In the live order, which an apply makes that of the body. */
function pickItems(items: readonly unknown[], fields: Fields, others: readonly Fields[]): readonly unknown[] {
  const wanted = Object.keys(fields).filter((step) => /^[kv]:/.test(step)).map((step) => ({ step, isIt: matcher(step) }));
  return items.flatMap((item) => {
    const step = wanted.find(({ isIt }) => isIt(item))?.step;
    return step === undefined ? [] : [pick(item, below(fields, step), othersBelow(others, step))];
  });
}

function matcher(step: string): (item: unknown) => boolean {
  const named: unknown = JSON.parse(step.slice(2));
  if (step.startsWith('v:')) return (item) => item === named;
  const keys = Object.entries(asRecord(named) ?? {});
  return (item) => keys.every(([name, value]) => asRecord(item)?.[name] === value);
}

/** A field without parts of its own in the tree: all of it is owned. */
function isLeaf(fields: Fields): boolean {
  return Object.keys(fields).every((step) => step === '.');
}

/** What we sent empty and others filled: an atomic value has no parts that others could own. */
function empty(value: unknown): unknown {
  return Array.isArray(value) ? [] : {};
}

function below(fields: Fields, step: string): Fields {
  return asRecord(fields[step]) ?? {};
}

function othersBelow(others: readonly Fields[], step: string): readonly Fields[] {
  return others.map((tree) => asRecord(tree[step])).filter((tree) => tree !== undefined);
}

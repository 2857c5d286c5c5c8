import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import { apiVersion, type Json } from '../../../operator/runtime/kind.ts';
import { changed, difference, fieldsOf, isEmpty, merged, union, without, type Fields } from './fields.ts';
import type { ServedResource } from './resources.ts';

/** Metadata that nobody owns. */
const unowned = ['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'managedFields', 'selfLink'];

/** Who writes: a field manager, by apply or by any other way, to the object or to its status. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}

interface Entry extends Manager {
  readonly fields: Fields;
}

function entriesOf(live: Json): readonly Entry[] {
  return asItems(asRecord(live['metadata'])?.['managedFields']).map(asRecord).filter((entry) => entry !== undefined).map((entry) => ({
    name: String(entry['manager']),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    ...(entry['subresource'] === 'status' ? { subresource: 'status' as const } : {}),
    fields: asRecord(entry['fieldsV1']) ?? {},
  }));
}

function withEntries(live: Json, entries: readonly Entry[], resource: ServedResource): Json {
  const managedFields = entries.filter(({ fields }) => !isEmpty(fields)).map(({ name, operation, subresource, fields }) => ({
    manager: name, operation, apiVersion: apiVersion(resource), fieldsType: 'FieldsV1', fieldsV1: fields, ...(subresource === undefined ? {} : { subresource }),
  }));
  return { ...live, metadata: { ...asRecord(live['metadata']), managedFields } };
}

/** What of an object can be owned. */
export function ownable({ apiVersion: _version, kind: _kind, metadata, ...rest }: Json): Json {
  const own = Object.fromEntries(Object.entries(asRecord(metadata) ?? {}).filter(([name]) => !unowned.includes(name)));
  return { ...rest, ...(isEmpty(own) ? {} : { metadata: own }) };
}

/** Server-side apply with force. */
export function applied(live: Json, body: Json, manager: Manager, resource: ServedResource): Json {
  const config = ownable(body);
  const fields = fieldsOf(config, resource.schema);
  const entries = entriesOf(live);
  const own = entries.find((entry) => isBy(entry, manager));
  const conflicts = changed(ownable(live), config, resource.schema);
  const others = entries.filter((entry) => entry !== own).map((entry) => ({ ...entry, fields: difference(entry.fields, conflicts) }));
  const dropped = difference(difference(own?.fields ?? {}, fields), union(...others.map((entry) => entry.fields)));
  const next = without(merged(live, { ...config, ...identity(live) }, resource.schema), dropped, resource.schema);
  return withEntries(asRecord(next) ?? {}, replaced(entries, others, own, { ...manager, fields }), resource);
}

function identity(live: Json): Json {
  return { apiVersion: live['apiVersion'], kind: live['kind'] };
}

/** The entries in their order, the new one in place of the old. */
function replaced(before: readonly Entry[], others: readonly Entry[], own: Entry | undefined, entry: Entry): readonly Entry[] {
  if (own === undefined) return [...others, entry];
  const rest = [...others];
  return before.map((old) => (old === own ? entry : rest.shift() ?? old));
}

function isBy(entry: Entry, manager: Manager): boolean {
  return entry.name === manager.name && entry.operation === manager.operation && entry.subresource === manager.subresource;
}

/** An object that was changed otherwise: whoever changed a field owns it, and who owned what is gone does no longer. */
export function updated(before: Json, after: Json, manager: Manager, resource: ServedResource): Json {
  if (!resource.managed) return after;
  const [old, next] = [ownable(before), ownable(after)];
  const gone = difference(fieldsOf(old, resource.schema), fieldsOf(next, resource.schema));
  const news = changed(old, next, resource.schema);
  const entries = entriesOf(before).map((entry) => ({ ...entry, fields: difference(difference(entry.fields, gone), isBy(entry, manager) ? {} : news) }));
  const own = entries.find((entry) => isBy(entry, manager));
  const mine: Entry = { ...manager, fields: union(own?.fields ?? {}, news) };
  return withEntries(after, own === undefined ? [...entries, mine] : entries.map((entry) => (entry === own ? mine : entry)), resource);
}

/** A new object, all of which its creator owns. */
export function created(body: Json, manager: Manager, resource: ServedResource): Json {
  if (!resource.managed) return body;
  return withEntries(body, [{ ...manager, fields: fieldsOf(ownable(body), resource.schema) }], resource);
}

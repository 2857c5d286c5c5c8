import { asItems, asRecord } from '../runtime/json.ts';
import type { Json, Meta } from '../runtime/kind.ts';

const decimal = /^[0-9]+$/;

/**
 * Metadata of a live object; undefined when it lacks what every object of a namespace has. A resourceVersion that is no
 * number cannot be compared: every later copy would look older than it.
 */
export function parseMeta(live: Json): Meta | undefined {
  const metadata = asRecord(live['metadata']);
  if (metadata === undefined) return undefined;
  const { name, uid, resourceVersion, namespace, generation, creationTimestamp, deletionTimestamp } = metadata;
  if (!isText(name) || !isText(namespace) || !isText(uid) || !isText(resourceVersion) || !decimal.test(resourceVersion)) return undefined;
  const owner = controllerOf(metadata['ownerReferences']);
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) ? generation : 0,
    creationTimestamp: typeof creationTimestamp === 'string' ? creationTimestamp : '',
    ...(typeof deletionTimestamp === 'string' ? { deletionTimestamp } : {}),
    labels: strings(metadata['labels']),
    annotations: strings(metadata['annotations']),
    ...(owner === undefined ? {} : { owner }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** True of a copy that a write returned when the object is gone already: that write removed the last finalizer. */
export function isLeaving(live: Json): boolean {
  const metadata = asRecord(live['metadata']);
  return metadata?.['deletionTimestamp'] !== undefined && asItems(metadata['finalizers']).length === 0;
}

function controllerOf(references: unknown): Meta['owner'] {
  for (const reference of asItems(references)) {
    const owner = asRecord(reference);
    if (owner?.['controller'] !== true) continue;
    const { uid, kind, name } = owner;
    if (typeof uid === 'string' && typeof kind === 'string' && typeof name === 'string') return { uid, kind, name };
  }
  return undefined;
}

const none: Readonly<Record<string, string>> = Object.freeze({});

function strings(value: unknown): Readonly<Record<string, string>> {
  const record = asRecord(value);
  if (record === undefined) return none;
  const entries = Object.entries(record).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

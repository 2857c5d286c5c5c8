import { asItems, asRecord } from '../runtime/json.ts';
import type { Json, Meta } from '../runtime/kind.ts';

/** Metadata of a live object; undefined when it lacks what every stored object has. */
export function parseMeta(live: Json): Meta | undefined {
  const metadata = asRecord(live['metadata']);
  if (metadata === undefined) return undefined;
  const { name, uid, resourceVersion, namespace, generation, creationTimestamp, deletionTimestamp } = metadata;
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const owner = controllerOf(metadata['ownerReferences']);
  return {
    name,
    namespace: typeof namespace === 'string' ? namespace : '',
    uid,
    resourceVersion,
    generation: typeof generation === 'number' ? generation : 0,
    creationTimestamp: typeof creationTimestamp === 'string' ? creationTimestamp : '',
    ...(typeof deletionTimestamp === 'string' ? { deletionTimestamp } : {}),
    labels: strings(metadata['labels']),
    annotations: strings(metadata['annotations']),
    ...(owner === undefined ? {} : { owner }),
  };
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

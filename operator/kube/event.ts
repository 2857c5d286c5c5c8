import { asRecord } from '../runtime/json.ts';
import type { Json, Meta } from '../runtime/kind.ts';
import { parseMeta } from './metadata.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'stored'; readonly metadata: Meta; readonly live: Json }
  | { readonly type: 'deleted'; readonly metadata: Meta }
  | { readonly type: 'bookmark'; readonly version: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'error'; readonly code: number; readonly reason: string; readonly message: string }
  /** Of an object without the metadata that every object has. */
  | { readonly type: 'unreadable' }
  | { readonly type: 'unknown' };

/** Undefined when the line cannot be read: what it said is not known. */
export function parseEvent(line: string): WatchEvent | undefined {
  const event = parseJson(line);
  const object = asRecord(event?.['object']);
  if (event === undefined || object === undefined) return undefined;
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return about(object, (metadata) => ({ type: 'stored', metadata, live: object }));
    case 'DELETED':
      return about(object, (metadata) => ({ type: 'deleted', metadata }));
    case 'BOOKMARK':
      return bookmark(object);
    case 'ERROR':
      return { type: 'error', code: Number(object['code'] ?? 0), reason: textOf(object['reason']), message: textOf(object['message']) };
    default:
      return { type: 'unknown' };
  }
}

const changes = ['{"type":"MODIFIED",', '{"type":"ADDED",'];
const versionMark = '"resourceVersion":"';

/**
 * The resourceVersion in a line that tells of a stored object, found without parsing the line. Undefined when it takes a
 * parser to say which it is: with a user's label of that name, say, there are two. A quote within a JSON text is
 * escaped, so the mark is never part of one.
 */
export function storedVersion(line: string): string | undefined {
  if (!changes.some((change) => line.startsWith(change))) return undefined;
  const mark = line.indexOf(versionMark);
  if (mark === -1 || line.includes(versionMark, mark + 1)) return undefined;
  const start = mark + versionMark.length;
  return line.slice(start, line.indexOf('"', start));
}

function parseJson(line: string): Json | undefined {
  try {
    return asRecord(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function about(object: Json, event: (metadata: Meta) => WatchEvent): WatchEvent {
  const metadata = parseMeta(object);
  return metadata === undefined ? { type: 'unreadable' } : event(metadata);
}

function bookmark(object: Json): WatchEvent | undefined {
  const metadata = asRecord(object['metadata']);
  const version = metadata?.['resourceVersion'];
  if (typeof version !== 'string') return undefined;
  const annotations = asRecord(metadata?.['annotations']);
  return { type: 'bookmark', version, initialEventsEnd: annotations?.['k8s.io/initial-events-end'] === 'true' };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'Unknown';
}

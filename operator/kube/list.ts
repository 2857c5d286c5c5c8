import { asItems, asRecord } from '../runtime/json.ts';
import type { Json, Meta, Resource } from '../runtime/kind.ts';
import { parseMeta } from './metadata.ts';
import { collectionPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** What a watch or a list is about. */
export interface Scope {
  readonly resource: Resource;
  /** Empty for all namespaces. */
  readonly namespace: string;
}

const pageSize = 500;

/**
 * Reads all objects in pages, as they are now, and returns the resourceVersion of the whole. When it expires in
 * between, that is an ApiError of status 410. An object that cannot be read comes without metadata.
 */
export async function listAll(
  transport: Transport,
  { resource, namespace }: Scope,
  signal: AbortSignal,
  each: (metadata: Meta | undefined, live: Json) => void,
): Promise<{ readonly version: string }> {
  let token = '';
  for (;;) {
    const query: Record<string, string> = { limit: String(pageSize), ...selectorQuery(resource) };
    if (token !== '') query['continue'] = token;
    const page = await transport.request({ method: 'GET', path: collectionPath(resource, namespace), query, signal, deadlineMs: 60_000 });
    for (const item of asItems(page['items'])) {
      const live = asRecord(item) ?? {};
      each(parseMeta(live), live);
    }
    const { resourceVersion, continue: next } = asRecord(page['metadata']) ?? {};
    if (typeof next === 'string' && next !== '') token = next;
    else if (typeof resourceVersion === 'string') return { version: resourceVersion };
    else throw new Error(`the list of ${resource.plural} has no resourceVersion`);
  }
}

export function selectorQuery(resource: Resource): Record<string, string> {
  return resource.selector === undefined ? {} : { labelSelector: resource.selector };
}

import { isNotFound } from '../runtime/errors.ts';
import { objectPath } from './paths.ts';
import type { Transport } from './transport.ts';

/** What is read of a log: more than the longest line that an agent prints. */
const maxBytes = 1024 * 1024;
const deadlineMs = 20_000;
const pods = { group: '', version: 'v1', plural: 'pods' };

/** The beginning of a container's log; undefined when there is no such pod. */
export async function podLog(transport: Transport, of: { readonly namespace: string; readonly pod: string; readonly container: string }): Promise<string | undefined> {
  const path = `${objectPath(pods, { namespace: of.namespace, name: of.pod })}/log`;
  try {
    return await transport.text({ path, query: { container: of.container, limitBytes: String(maxBytes) }, deadlineMs }, maxBytes);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

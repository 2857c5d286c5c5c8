import type { Outgoing } from '../../operator/kube/connections.ts';

/** What a request is about, told from its path. */
export interface Target {
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  /** Empty for a whole collection. */
  readonly name: string;
  readonly subresource: string;
}

/** The parts of a path below /api or /apis; undefined for any other path. */
export function targetOf(path: string): Target | undefined {
  const [where = ''] = path.split('?');
  const parts = where.split('/').slice(1).map(decodeURIComponent);
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return undefined;
  const rest = parts.slice(isCore ? 2 : 3);
  const [namespace, below] = rest[0] === 'namespaces' && rest.length > 2 ? [rest[1] ?? '', rest.slice(2)] : ['', rest];
  const [plural = '', name = '', subresource = ''] = below;
  return { group: isCore ? '' : parts[1] ?? '', plural, namespace, name, subresource };
}

/** Whether a request gets a number: it may change something, and is neither of the election nor an Event. */
export function isNumbered({ method, path }: Pick<Outgoing, 'method' | 'path'>): boolean {
  const plural = targetOf(path)?.plural;
  return method !== 'GET' && plural !== undefined && plural !== 'leases' && plural !== 'events';
}

/** `VERB group/resource namespace/name[/status]`, with the hash in a generated name left out: it differs from run to run. */
export function signatureOf({ method, path }: Pick<Outgoing, 'method' | 'path'>, namespace: string): string {
  const target = targetOf(path);
  if (target === undefined) return `${method} ${path}`;
  const { group, plural, name, subresource } = target;
  const where = target.namespace === namespace ? '' : `${target.namespace}/`;
  return `${method} ${group === '' ? '' : `${group}/`}${plural} ${where}${masked(name)}${subresource === '' ? '' : `/${subresource}`}`;
}

/** A name without the hashes in it, each of which becomes a star. */
export function masked(name: string): string {
  return name.replace(/-[0-9a-f]{8}(?=-|$)/g, '-*');
}

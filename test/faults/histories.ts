import type { Json } from '../../operator/runtime/kind.ts';
import type { Performance, Plural, Revision } from './world.ts';

/** Hand-made histories for the tables of the oracles. */
export function revision(plural: Plural, name: string, more: { readonly type?: Revision['type']; readonly uid?: string; readonly live?: Json; readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string }; readonly labels?: Json } = {}): Revision {
  const { type = 'Modified', uid = `uid-${plural}-${name}`, live = {}, owner, labels } = more;
  const metadata = { name, uid, ...(labels && { labels }), ...(owner && { ownerReferences: [{ ...owner, controller: true }] }) };
  return { plural, name, uid, type, live: { metadata, ...live } };
}

export function performance(more: Partial<Performance> = {}): Performance {
  return { scenario: 'made up', seed: 1, plan: { faults: [] }, writes: [], digest: {}, effects: {}, creations: {}, deletions: {}, violations: [], ...more };
}

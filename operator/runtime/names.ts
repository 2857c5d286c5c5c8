import { hash } from 'node:crypto';
import type { Meta } from './kind.ts';

export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'modelkeeper';
/** uid of the object that issued this one, on objects that must outlive it and so have no owner reference. */
export const issuerLabel = 'modelkeeper.dev/issuer-uid';

/** Objects that the operator created, and no others. */
export const ourSelector = `${managedByLabel}=${managedBy}`;

/** Eight hexadecimal digits that depend on all parts and on where one ends and the next begins. */
export function shortHash(...parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts)).slice(0, 8);
}

/**
 * `<prefix>-<8 hex>`, at most 63 characters: a name that the same owner always gives to the same child, and that no
 * other owner gives to any.
 */
export function childName(owner: Pick<Meta, 'uid'>, prefix: string, ...parts: readonly (string | number)[]): string {
  return `${prefix.slice(0, 54).replace(/-+$/, '')}-${shortHash(owner.uid, prefix, ...parts)}`;
}

import { asRecord } from '../../operator/runtime/json.ts';

/** What the API server stores of what it is sent: no null where a member may be missing, and no halves of characters. */
export function asStored(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(asStored);
  const record = asRecord(value);
  if (record === undefined) return value;
  return Object.fromEntries(Object.entries(record).filter(([, member]) => member !== null).map(([name, member]) => [name.toWellFormed(), asStored(member)]));
}

/** Whether every member that was sent is still there: the API server refuses what it does not know, and zod drops it. */
export function keepsAll(sent: unknown, read: unknown): boolean {
  if (Array.isArray(sent)) return Array.isArray(read) && sent.every((item, index) => keepsAll(item, read[index]));
  const record = asRecord(sent);
  if (record === undefined) return true;
  const kept = asRecord(read) ?? {};
  return Object.entries(record).every(([name, member]) => Object.hasOwn(kept, name) && keepsAll(member, kept[name]));
}

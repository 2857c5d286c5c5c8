import { asRecord } from '../../../operator/runtime/json.ts';

/** A smaller value of which the same is true: members, items and ends of texts are left out as long as it stays so. */
export async function shrunk(value: unknown, isTrue: (smaller: unknown) => Promise<boolean>): Promise<unknown> {
  let smallest = value;
  for (let again = true; again;) {
    again = false;
    for (const candidate of smaller(smallest)) {
      if (!(await isTrue(candidate))) continue;
      smallest = candidate;
      again = true;
      break;
    }
  }
  return smallest;
}

/** Every value that lacks one part of this one. */
function* smaller(value: unknown): Generator {
  if (typeof value === 'string' && value.length > 8) yield value.slice(0, value.length / 2);
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    if (list.length > 4) yield list.slice(0, list.length / 2);
    for (const index of list.keys()) yield list.filter((_, at) => at !== index);
    for (const [index, item] of list.entries()) for (const less of smaller(item)) yield list.map((other, at) => (at === index ? less : other));
    return;
  }
  const record = asRecord(value);
  if (record === undefined) return;
  for (const name of Object.keys(record)) yield Object.fromEntries(Object.entries(record).filter(([member]) => member !== name));
  for (const [name, member] of Object.entries(record)) for (const less of smaller(member)) yield Object.fromEntries(Object.entries(record).map(([other, kept]) => [other, other === name ? less : kept]));
}

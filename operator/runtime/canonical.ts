import { hash } from 'node:crypto';

/** What every object inherits would take a member called `__proto__` away. */
const nothing = Object.create(null) as object;

/** JSON with sorted keys, whole numbers before others, and without undefined members: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** Every pass over an object hashes its children: a sorted copy written in one go takes a third of the time of writing part by part. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const copy = Object.create(nothing) as Record<string, unknown>;
  for (const key of ordered(Object.keys(value))) copy[key] = sorted(value[key]);
  return copy;
}

/** Sorts in place. The few members that most objects have are sorted sooner by insertion than by what sorts any number. */
function ordered(keys: string[]): string[] {
  if (keys.length > 16) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    let place = at;
    for (let before = keys[place - 1]; before !== undefined && before > key; before = keys[place - 1]) {
      keys[place] = before;
      place -= 1;
    }
    keys[place] = key;
  }
  return keys;
}

/** Whether both have the same canonical JSON. It costs less than to write either. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) return Array.isArray(other) && one.length === other.length && one.every((item, at) => isSameJson(item ?? null, other[at] ?? null));
  if (!isObject(one) || !isObject(other) || Array.isArray(other)) return false;
  return Object.keys(one).every((key) => isSameJson(one[key], member(other, key)))
    && Object.keys(other).every((key) => other[key] === undefined || Object.hasOwn(one, key));
}

/** `sha256:` and the hexadecimal sha256 of the canonical JSON. */
export function digestOf(value: unknown): string {
  return `sha256:${hash('sha256', canonicalJson(value))}`;
}

/** What every object inherits is no member. */
function member(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

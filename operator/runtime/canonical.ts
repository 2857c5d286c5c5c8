import { hash } from 'node:crypto';

/** JSON with sorted keys and without undefined members: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => (item === undefined ? 'null' : canonicalJson(item))).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const { [key]: content } = value;
    if (content !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(content)}`;
  }
  return `{${text}}`;
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

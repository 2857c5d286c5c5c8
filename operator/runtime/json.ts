import type { Json } from './kind.ts';

/** The value if it is a JSON object. */
export function asRecord(value: unknown): Json | undefined {
  return isRecord(value) ? value : undefined;
}

/** The items of a JSON array; none if the value is anything else. */
export function asItems(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { withOwn } from './values.ts';

export type Pick = (count: number) => number;

/** Takes the member away. */
export const absent = Symbol('absent');

/**
 * A copy in which one place of that path has this value. Of a list or map one entry is picked; what is missing on the
 * way is made, so that every place can be reached from every object.
 */
export function changed(value: unknown, path: readonly string[], to: unknown, pick: Pick): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return to;
  if (step === '[]') return inList(Array.isArray(value) ? value : [], rest, to, pick);
  const record = asRecord(value) ?? {};
  const name = step === '{}' ? keyIn(record, pick) : step;
  const own = Object.hasOwn(record, name) ? record[name] : undefined;
  const next = changed(own, rest, to, pick);
  return next === absent ? without(record, name) : withOwn(record, name, next);
}

function inList(list: readonly unknown[], rest: readonly string[], to: unknown, pick: Pick): unknown {
  const index = pick(Math.max(1, list.length));
  const next = changed(list[index], rest, to, pick);
  return next === absent ? list.filter((_, at) => at !== index) : [...list.slice(0, index), next, ...list.slice(index + 1)];
}

function keyIn(record: Json, pick: Pick): string {
  const names = Object.keys(record);
  return names[pick(Math.max(1, names.length))] ?? 'cpu';
}

function without(record: Json, name: string): Json {
  return Object.fromEntries(Object.entries(record).filter(([member]) => member !== name));
}

import { isSameJson } from '../../../operator/runtime/canonical.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** A copy with this value at a path such as `steps.0.name`; undefined takes the member or item away. */
export function edited(value: Json, path: string, to: unknown): Json {
  return asRecord(put(value, path.split('.'), to)) ?? {};
}

function put(value: unknown, [step, ...rest]: readonly string[], to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const index = Number(step);
    const next = put(list[index], rest, to);
    return [...list.slice(0, index), ...(next === undefined ? [] : [next]), ...list.slice(index + 1)];
  }
  const { [step]: before, ...others } = asRecord(value) ?? {};
  const next = put(before, rest, to);
  return next === undefined ? others : { ...others, [step]: next };
}

/** A copy without these members, however deep they lie. */
export function lacking(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => lacking(item, names));
  const record = asRecord(value);
  return record ? Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name)).map(([name, member]) => [name, lacking(member, names)])) : value;
}

/** The JSON merge patch that makes one value of another. */
export function patchFrom(before: Json, after: Json): Json {
  return Object.fromEntries([...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): [string, unknown][] => {
    const [was, is] = [before[name], after[name]];
    if (isSameJson(was, is)) return [];
    const [old, next] = [asRecord(was), asRecord(is)];
    return [[name, old && next ? patchFrom(old, next) : is ?? null]];
  }));
}

import { asRecord } from '../../../operator/runtime/json.ts';
import { between, type Random } from '../../../hack/random.ts';

/** Values that no schema foresees, or that are at the edge of one. */
const hostile: readonly unknown[] = [
  null, true, false, 0, -1, 1, 1.5, 63, 2_147_483_648, 9_007_199_254_740_993, 1e308, -1e308, '', ' ', '0', '-1', 'NaN', '1e400', 'abc', 'é', '\u202eabc', '\u0000', '\ud800', 'a\nb',
  '__proto__', 'constructor', '$(params.seed)', '$(env)', '$$', '../../etc/passwd', 'pvc://store/../x', 'pvc://', `pvc://store/${'a/'.repeat(200)}b`, 'a'.repeat(64), 'a'.repeat(300), 'x'.repeat(5_000),
  '0s', '99999h', '1h1h1h', '-5m', '100y', '1ns', '9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '2026-13-45T99:99:99Z', '+275760-09-13T00:00:00Z', 'Running', 'Succeeded', 'Unknown',
  [], [null], [[]], ['a', 'a'], {}, { __proto__: null }, { name: 'a' }, { type: 'Ready', status: 'Maybe' }, Array.from({ length: 300 }, (_, index) => index), 'sha256:', `sha256:${'F'.repeat(64)}`,
  '60m', '1m', '1s', '0h0m0s', '2026-03-01T12:00:00Z', 'metrics.all(a, metrics.all(b, metrics.all(c, a == b)))', '"a".matches("(a+)+$")', '99999999999999999999Gi', '1e99',
];

/** Keys that a careless copy would take for something else. */
const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'x/y', '', '0', 'modelkeeper.dev/run', 'modelkeeper.dev/abort', 'modelkeeper.dev/retry', 'app.kubernetes.io/managed-by'];

export function pick<T>(draw: Random, from: readonly T[]): T {
  const one = from[between(draw, 0, from.length - 1)];
  if (one === undefined && from.length === 0) throw new Error('nothing to pick from');
  return one as T;
}

/** A copy of a JSON value with one thing in it spoilt: replaced, left out, doubled, swapped with another, or added under a hostile key. */
export function mutate(value: unknown, draw: Random): unknown {
  const record = asRecord(value);
  const members = record ? Object.keys(record) : Array.isArray(value) ? [...value.keys()] : [];
  // A leaf is spoilt itself, and so is an inner node now and then.
  if (members.length === 0 || draw() < 0.04) return spoilt(value, draw);
  const at = pick<string | number>(draw, members);
  if (Array.isArray(value)) return inList(value, Number(at), draw);
  return inRecord(record ?? {}, String(at), draw);
}

function inList(list: readonly unknown[], at: number, draw: Random): unknown[] {
  const choice = draw();
  if (choice < 0.07) return list.filter((_, index) => index !== at);
  if (choice < 0.12) return [...list, list[at]];
  if (choice < 0.15) return [...list].reverse();
  return list.map((item, index) => (index === at ? mutate(item, draw) : item));
}

function inRecord(record: Readonly<Record<string, unknown>>, at: string, draw: Random): Record<string, unknown> {
  const choice = draw();
  if (choice < 0.08) return Object.fromEntries(Object.entries(record).filter(([key]) => key !== at));
  if (choice < 0.12) return Object.fromEntries([...Object.entries(record), [pick(draw, keys), pick(draw, hostile)]]);
  if (choice < 0.15) return Object.fromEntries([...Object.entries(record), [at, record[pick(draw, Object.keys(record))]]]);
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, key === at ? mutate(value, draw) : value]));
}

function spoilt(value: unknown, draw: Random): unknown {
  if (typeof value === 'number' && draw() < 0.4) return value * pick(draw, [-1, 0, 2, 1e6, 0.5]);
  if (typeof value === 'string' && draw() < 0.25) return pick(draw, [`${value}${value}`, value.toUpperCase(), value.slice(1), `${value}\n`, value.repeat(20)]);
  return pick(draw, hostile);
}

import { canonicalQuantity } from '../../../../operator/runtime/quantity.ts';
import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { textAt } from '../../../faults/text.ts';

/** Quantities as they are stored; a map without any is not stored at all. */
export function amountsIn(resources: Json): Json {
  return Object.fromEntries(['requests', 'limits'].flatMap((kind) => {
    const entries = Object.entries(asRecord(resources[kind]) ?? {});
    return entries.length === 0 ? [] : [[kind, Object.fromEntries(entries.map(([resource, amount]) => [resource, canonicalQuantity(String(amount))]))]];
  }));
}

/** Variables as `NAME=value`. */
export function variablesIn(list: unknown): string[] {
  return asItems(list).map((pair) => `${textAt(pair, 'name')}=${textAt(pair, 'value')}`);
}

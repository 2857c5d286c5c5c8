import fc from 'fast-check';
import type { Json } from '../../../operator/runtime/kind.ts';
import { absent, changed } from './change.ts';
import { leavesOf, nameOf, schemaOf, type Leaf } from './schema.ts';
import { specs } from './specs.ts';
import { hostile, valuesFor } from './values.ts';

/** A spec, and the place in which it differs from one that satisfies every rule; undefined when it does not differ. */
export interface Generated {
  readonly spec: unknown;
  readonly leaf: string | undefined;
}

/** How many of the specs satisfy every rule. */
const untouched = 0.1;

export function leafNames(kind: string): string[] {
  return leavesOf(schemaOf(kind, 'spec')).map(nameOf);
}

/** At least so many specs of a kind: each place in its schema is changed about as often as any other. The same seed gives the same specs. */
export function* generated(kind: string, count: number, seed: number): Generator<Generated> {
  const base = specs[kind];
  if (base === undefined) throw new Error(`nothing generates a ${kind}`);
  const leaves = leavesOf(schemaOf(kind, 'spec'));
  const valid = Math.ceil(count * untouched);
  for (const spec of fc.sample(base, { seed, numRuns: valid })) yield { spec, leaf: undefined };
  const each = Math.ceil((count - valid) / leaves.length);
  for (const [index, leaf] of leaves.entries()) {
    for (const spec of fc.sample(mutated(base, leaf), { seed: seed + index + 1, numRuns: each })) yield { spec, leaf: nameOf(leaf) };
  }
}

function mutated(base: fc.Arbitrary<Json>, leaf: Leaf): fc.Arbitrary<unknown> {
  return fc.tuple(base, changesAt(leaf)).map(([spec, change]) => change(spec));
}

/** Changes of one place: to a good value, one at a bound, one of another type or none. */
export function changesAt({ path, schema }: Leaf): fc.Arbitrary<(spec: Json) => unknown> {
  const to = fc.oneof({ weight: 8, arbitrary: valuesFor(schema) }, { weight: 1, arbitrary: fc.constant<unknown>(absent) });
  const stranger = fc.constantFrom(...hostile, 'unknown', 'namespace', 'hostPath');
  return fc.tuple(to, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), fc.nat(30), stranger).map(([value, picks, odds, name]) => (spec: Json) => {
    const next = changed(spec, path, value, picker(picks));
    // A field that nobody knows, beside the one that is changed.
    return odds === 0 ? changed(next, [...path.slice(0, -1), name], 'x', picker(picks)) : next;
  });
}

function picker(picks: readonly number[]): (count: number) => number {
  let used = 0;
  return (count) => (picks[used++ % picks.length] ?? 0) % count;
}

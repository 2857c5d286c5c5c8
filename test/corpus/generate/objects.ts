import fc from 'fast-check';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { samples } from './samples.ts';
import { entry, item, placesOf, type Place, type Segment } from './schema.ts';
import { absent, replacements, type Replacement } from './values.ts';

/** One thing that was changed in a valid spec. */
export interface Mutation extends Replacement {
  /** The place in the schema, such as `spec.steps[].name`. */
  readonly place: string;
}

export interface Generated {
  readonly spec: unknown;
  readonly mutations: readonly Mutation[];
}

/** Further places that are changed along with the one that is asked for. */
const alsoChanged = 2;

/** Specs of a kind in which this place, and perhaps another, was changed. */
export function specs(kind: string, schema: Json, place: Place): fc.Arbitrary<Generated> {
  const places = placesOf(schema, { path: [], text: 'spec' });
  const bases = (samples[kind] ?? []).filter((sample) => find(sample, place.path.slice(0, -1)) !== undefined);
  if (bases.length === 0) throw new Error(`no sample of ${kind} has a place for ${place.text}`);
  return fc.constantFrom(...bases).chain((base) => {
    const others = fc.subarray(places.filter(({ path }) => path.length > 0 && find(base, path) !== undefined), { maxLength: alsoChanged });
    return fc.tuple(fc.constant(place), fc.oneof({ weight: 3, arbitrary: fc.constant<Place[]>([]) }, { weight: 1, arbitrary: others }))
      .chain(([first, more]) => fc.tuple(...[first, ...more].map((at) => changes(at, base))))
      .map((mutations) => mutations.reduce<Generated>(changed, { spec: base, mutations: [] }));
  });
}

interface Change extends Mutation {
  readonly path: readonly Segment[];
}

function changes({ path, text, schema }: Place, base: Json): fc.Arbitrary<Change> {
  return replacements(schema, find(base, path)).map((replacement) => ({ ...replacement, path, place: text }));
}

function changed({ spec, mutations }: Generated, { path, ...mutation }: Change): Generated {
  return { spec: put(spec, path, mutation.value), mutations: [...mutations, mutation] };
}

/** The first value at this path: in the first item that has it. */
function find(value: unknown, path: readonly Segment[]): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  const below = typeof segment === 'string' ? [asRecord(value)?.[segment]] : segment === item ? asItems(value) : Object.values(asRecord(value) ?? {});
  return below.map((one) => find(one, rest)).find((one) => one !== undefined);
}

/** A copy with this value at this path; the same value when the path leads nowhere. */
function put(value: unknown, path: readonly Segment[], replacement: unknown): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return replacement;
  if (segment === item) {
    const items = asItems(value);
    const at = rest.length === 0 ? 0 : Math.max(0, items.findIndex((one) => find(one, rest.slice(0, -1)) !== undefined));
    return items.length === 0 ? value : items.flatMap((one, index) => (index === at ? kept(put(one, rest, replacement)) : [one]));
  }
  const record = asRecord(value);
  if (!record) return value;
  const name = segment === entry ? Object.keys(record)[0] : segment;
  if (name === undefined) return value;
  const entries = Object.entries(record).filter(([other]) => other !== name);
  return Object.fromEntries([...entries, ...kept(put(record[name], rest, replacement)).map((one): [string, unknown] => [name, one])]);
}

function kept(value: unknown): unknown[] {
  return value === absent ? [] : [value];
}

import fc from 'fast-check';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import type { Transport } from '../../operator/kube/transport.ts';
import { ApiError } from '../../operator/runtime/errors.ts';
import { asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { definitions, install } from '../integration/definitions.ts';
import { specs, type Generated } from './generate/objects.ts';
import { placesOf, schemaOf, withoutRules, type Place } from './generate/schema.ts';
import { absent } from './generate/values.ts';

const group = 'modelkeeper.dev';
/** The same kinds without rules: what the API server says to structure alone. */
const structureGroup = 'structure.modelkeeper.dev';
const inFlight = 32;

/** What a comparison came to. Every object is in exactly one of the counts. */
export interface Agreement {
  readonly kind: string;
  readonly objects: number;
  accepted: number;
  /** Refused by both for its structure. */
  refused: number;
  /** Its structure is right, and a rule in CEL, or that names in a list are unique, refuses it. */
  ruled: number;
  /** Refused by the API server for a field it does not know, which zod passes over: objects may be older or newer than their reader. */
  unknownFields: number;
  readonly places: ReadonlySet<string>;
  readonly leaves: number;
  readonly disagreements: readonly string[];
}

interface Answer {
  readonly accepted: boolean;
  readonly spec: unknown;
  readonly message: string;
}

/** Installs the kinds once more, without rules. */
export async function installStructures(transport: Transport): Promise<void> {
  await install(transport, definitions().map((definition) => {
    const spec = asRecord(definition['spec']) ?? {};
    const plural = String(asRecord(spec['names'])?.['plural']);
    const names = { ...asRecord(spec['names']), shortNames: undefined, categories: undefined };
    return { ...definition, metadata: { name: `${plural}.${structureGroup}` }, spec: { ...asRecord(withoutRules(spec)), group: structureGroup, names } };
  }));
}

/** The places that can be changed in the spec of a kind. */
export function placesOfKind(kind: string): Place[] {
  const definition = definitions().find(({ spec }) => asRecord(asRecord(spec)?.['names'])?.['kind'] === kind);
  if (!definition) throw new Error(`no definition of ${kind}`);
  return placesOf(schemaOf(definition, 'spec'), { path: [], text: 'spec' });
}

/** Generates so many specs of a kind, every place of which is changed, and compares what zod and the API server say. */
export async function compare(transport: Transport, kind: string, { objects, seed }: { readonly objects: number; readonly seed: number }): Promise<Agreement> {
  const places = placesOfKind(kind);
  const each = Math.ceil(objects / places.length);
  const [root] = places;
  if (!root) throw new Error(`${kind} has no schema`);
  const generated = places.flatMap((place, index) => fc.sample(specs(kind, root.schema, place), { numRuns: each, seed: seed + index }));
  const disagreements: string[] = [];
  const result = {
    kind, objects: generated.length, accepted: 0, refused: 0, ruled: 0, unknownFields: 0,
    places: new Set(generated.flatMap(({ mutations }) => mutations.map(({ place }) => place))), leaves: places.filter(({ leaf }) => leaf).length, disagreements,
  };
  const queue = generated.values();
  const work = async (): Promise<void> => {
    for (const one of queue) {
      const verdict = await judge(transport, kind, one);
      if (verdict in result) result[verdict as 'accepted'] += 1;
      else disagreements.push(`${kind}: ${verdict}: ${changesOf(one)}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return result;
}

/** One of the counts, or what zod and the API server do not agree on. */
async function judge(transport: Transport, kind: string, { spec, mutations }: Generated): Promise<string> {
  const type = kinds.find((own) => own.kind === kind);
  if (!type) throw new Error(`${kind} is not ours`);
  // What cannot be written as JSON is not sent, either.
  const sent: unknown = JSON.parse(JSON.stringify({ spec })) as unknown;
  const body: Json = { kind, metadata: { name: 'generated' }, ...asRecord(sent) };
  const zod = type.spec.safeParse(withoutNulls(body['spec']));
  const full = await dryRun(transport, group, type.plural, body);
  if (full.accepted) {
    const stored = type.spec.safeParse(full.spec);
    if (!stored.success) return `the API server would store what zod refuses (${explained(stored.error.issues)})`;
    return zod.success ? 'accepted' : `only the API server accepts it (zod: ${explained(zod.error.issues)})`;
  }
  if (full.message.includes('unknown field')) return mutations.some(({ what, value }) => what !== 'valid' && typeof value === 'object') ? 'unknownFields' : `an unknown field that nobody put there: ${full.message}`;
  if (!zod.success) return 'refused';
  const structure = await dryRun(transport, structureGroup, type.plural, body);
  return structure.accepted ? 'ruled' : `only zod accepts it (the API server: ${structure.message})`;
}

async function dryRun(transport: Transport, inGroup: string, plural: string, body: Json): Promise<Answer> {
  try {
    const live = await transport.request({
      method: 'POST', path: `/apis/${inGroup}/v1alpha1/namespaces/default/${plural}`, query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: { apiVersion: `${inGroup}/v1alpha1`, ...body },
    });
    return { accepted: true, spec: live['spec'], message: '' };
  } catch (error) {
    if (error instanceof ApiError && [400, 422].includes(error.status)) return { accepted: false, spec: undefined, message: error.message };
    throw error;
  }
}

/** The API server leaves out a member that is null and has a default, and zod sees what is stored. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  const record = asRecord(value);
  if (!record) return value;
  return Object.fromEntries(Object.entries(record).filter(([, member]) => member !== null).map(([name, member]) => [name, withoutNulls(member)]));
}

function changesOf({ mutations }: Generated): string {
  return mutations.map(({ place, what, value }) => `${place} (${what}) = ${value === absent ? 'absent' : JSON.stringify(value).slice(0, 200)}`).join('; ');
}

function explained(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  const [first] = issues;
  return first ? `${['spec', ...first.path.map(String)].join('.')}: ${first.message}` : 'no reason';
}

/** The places to which nothing was done. */
export function untouched({ kind, places }: Pick<Agreement, 'kind' | 'places'>): string[] {
  return placesOfKind(kind).map(({ text }) => text).filter((text) => !places.has(text));
}

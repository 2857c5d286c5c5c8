import { isSameJson } from '../../operator/runtime/canonical.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { ownedPart } from '../../operator/runtime/owned.ts';
import { controllerOf, type Naming } from './naming.ts';
import { textAt } from './text.ts';
import type { OurPlural, Plural, Revision } from './world.ts';

export const ourPlurals: ReadonlySet<Plural> = new Set<OurPlural>(['pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies']);

/** What of our own kinds differs with the number of leaders that there were, or is not ours. */
const unstable = new Set(['managedFields', 'resourceVersion', 'creationTimestamp', 'generation', 'selfLink', 'writerEpoch', 'observedGeneration']);

/** What a DriftPolicy measured: it depends on which windows lay before a fault and which after it, as does what it kept as evidence. */
const measured = ['recent', 'value', 'threshold', 'samples', 'worst', 'message', 'text', 'facts'];

/** The newest revision of each object that there is. */
export function endOf(history: readonly Revision[]): Revision[] {
  const left = new Map<string, Revision>();
  for (const revision of history) {
    const key = `${revision.plural}/${revision.name}`;
    if (revision.type === 'Deleted') left.delete(key);
    else left.set(key, revision);
  }
  return [...left.values()];
}

/**
 * The end state, such that two runs of one scenario can be compared, on whatever level: of our kinds spec and status, of
 * children what the operator owns and how Jobs ended, of pods how many there are of each sort.
 */
export function digestOf(history: readonly Revision[], naming: Naming): Json {
  const objects = endOf(history).filter(({ plural }) => plural !== 'pods').map((revision): [string, unknown] => [naming.object(revision.plural, revision.name), stable(contentOf(revision), naming)]);
  return sorted([...objects, ['pods', podsOf(history)]]);
}

function contentOf({ plural, live }: Revision): Json {
  if (ourPlurals.has(plural)) return without(live, plural === 'driftpolicies' ? new Set([...unstable, ...measured]) : unstable);
  const owner = controllerOf(live);
  const ended = asItems(asRecord(live['status'])?.['conditions']).map(asRecord).filter((one) => one?.['status'] === 'True' && (one['type'] === 'Complete' || one['type'] === 'Failed')).map((one) => one?.['type']);
  const owned = without(ownedPart(live, 'modelkeeper'), textAt(live, 'metadata', 'labels', 'modelkeeper.dev/component') === 'profile' ? unstable : new Set([...unstable, 'binaryData']));
  return { ...owned, ...(owner && { owner }), ...(plural === 'jobs' && { ended }) };
}

function podsOf(history: readonly Revision[]): Json {
  const counts: Record<string, number> = {};
  for (const { plural, live } of endOf(history)) {
    if (plural !== 'pods' || asRecord(live['metadata'])?.['deletionTimestamp'] !== undefined) continue;
    counts[sortOf(live)] = (counts[sortOf(live)] ?? 0) + 1;
  }
  return sorted(Object.entries(counts));
}

/** What a pod is for: pods have names that nobody chose. */
export function sortOf(pod: Json): string {
  return ['component', 'model-version', 'step'].map((label) => textAt(pod, 'metadata', 'labels', `modelkeeper.dev/${label}`)).filter((text) => text !== '').join(' ');
}

/** A copy without these members, however deep they lie. */
function without(value: Json, names: ReadonlySet<string>): Json {
  const clean = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(clean);
    const record = asRecord(part);
    return record ? without(record, names) : part;
  };
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)).map(([name, part]) => [name, clean(part)]));
}

function stable(value: unknown, naming: Naming): unknown {
  if (typeof value === 'string') return naming.text(value);
  if (typeof value === 'number') return naming.number(value);
  if (Array.isArray(value)) return value.map((item) => stable(item, naming));
  const record = asRecord(value);
  return record ? sorted(Object.entries(record).map(([name, part]) => [naming.text(name), stable(part, naming)])) : value;
}

function sorted(entries: readonly (readonly [string, unknown])[]): Json {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** One leaf in which two digests differ. */
export interface Difference {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every leaf in which they differ; one that only one of them has is undefined in the other. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isSameJson(before, after)) return [];
  const [one, other] = [members(before), members(after)];
  if (!one || !other) return [{ path, before, after }];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) => differences(one[name], other[name], `${path}/${name}`));
}

function members(value: unknown): Json | undefined {
  return Array.isArray(value) ? Object.fromEntries(value.entries()) : asRecord(value);
}

/** Leaves, and all below them, that reference runs with different seeds differ in. */
export function maskOf(...references: readonly Json[]): ReadonlySet<string> {
  const [first] = references;
  return new Set(references.slice(1).flatMap((reference) => differences(first, reference).map(({ path }) => path)));
}

/** Differences that the mask does not explain. */
export function unexplained(all: readonly Difference[], mask: readonly string[]): Difference[] {
  return all.filter(({ path }) => !mask.some((masked) => path === masked || path.startsWith(`${masked}/`) || masked.startsWith(`${path}/`)));
}

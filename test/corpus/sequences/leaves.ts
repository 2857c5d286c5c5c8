import fc from 'fast-check';
import { canonicalJson } from '../../../operator/runtime/canonical.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import type { Violation } from '../../faults/world.ts';
import { changesAt } from '../generate/objects.ts';
import { leavesOf, nameOf, schemaOf, type Leaf } from '../generate/schema.ts';
import type { Admission } from './admission.ts';
import { tells, type Judge } from './oracles.ts';
import type { Subject } from './subject.ts';

/** What became of the changes of one place. */
export interface LeafReport {
  readonly leaf: string;
  readonly changes: number;
  readonly seen: boolean;
  readonly violations: readonly Violation[];
}

/** Most changes of some places are refused: as many are drawn. */
const draws = 120;

/** Changes one place of a spec in several ways, there and back, and looks whether that leads to anything. */
export async function leafReport(subject: Subject, leaf: Leaf, { admit, judge, seed, each }: { readonly admit: Admission; readonly judge: Judge; readonly seed: number; readonly each: number }): Promise<LeafReport> {
  const name = nameOf(leaf);
  const base = baseOf(subject, leaf, admit);
  const violations: Violation[] = [];
  let seen = false;
  const changes = changesOf(subject, { base, leaf, seed, admit }).slice(0, Math.max(each, subject.telling[name]?.length ?? 0));
  for (const spec of changes) {
    // What is refused of an object that is there is tried on a fresh one alone.
    violations.push(...await judge.walk(admit(spec, base) && admit(base, spec) ? [base, spec, base] : admit(spec, base) ? [base, spec] : [spec]));
    seen ||= tells(subject, await judge.fresh(base), await judge.fresh(spec));
  }
  const constant = asItems(leaf.schema['enum']).length === 1;
  if (changes.length === 0 && !constant) violations.push({ oracle: 'every place is changed', detail: `no change of ${name} is admitted` });
  return { leaf: name, changes: changes.length, seen, violations: [...violations, ...consistency(subject, name, { seen, changes: changes.length })] };
}

function consistency({ unseen }: Subject, leaf: string, { seen, changes }: Pick<LeafReport, 'seen' | 'changes'>): Violation[] {
  if (changes === 0 || seen === (unseen[leaf] === undefined)) return [];
  return [{ oracle: 'consistency', detail: seen ? `${leaf} is said to show nowhere, and does` : `nothing shows that ${leaf} has changed` }];
}

/** The first spec that has something in this place. */
function baseOf({ specs }: Subject, { path }: Leaf, admit: Admission): Json {
  const stored = specs.map((spec) => admit(spec) ?? {});
  const base = stored.find((spec) => has(spec, path)) ?? stored[0];
  if (base === undefined) throw new Error('a subject has no spec');
  return base;
}

function has(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return value !== undefined;
  if (step === '[]') return Array.isArray(value) && value.some((item) => has(item, rest));
  const record = asRecord(value) ?? {};
  return step === '{}' ? Object.values(record).some((member) => has(member, rest)) : has(record[step], rest);
}

/** Other specs that are admitted: first those that are sure to tell something. */
function changesOf(subject: Subject, { base, leaf, seed, admit }: { readonly base: Json; readonly leaf: Leaf; readonly seed: number; readonly admit: Admission }): Json[] {
  const drawn = fc.sample(changesAt(leaf), { seed, numRuns: draws }).map((change) => change(base));
  const known = new Set([canonicalJson(base)]);
  return [...subject.telling[nameOf(leaf)] ?? [], ...drawn].flatMap((spec) => {
    const stored = subject.affordable(admit(spec));
    const text = canonicalJson(stored ?? null);
    if (stored === undefined || known.has(text)) return [];
    known.add(text);
    return [stored];
  });
}

/** Every place of the spec of a kind. */
export function leaves(kind: string): Leaf[] {
  return leavesOf(schemaOf(kind, 'spec'));
}

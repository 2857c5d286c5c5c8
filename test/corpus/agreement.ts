import { isDeepStrictEqual } from 'node:util';
import type { kinds } from '../../operator/api/v1alpha1/index.ts';
import { asRecord } from '../../operator/runtime/json.ts';
import { pathOf, strictDryRun, type Ask } from './answers.ts';
import { generated, leafNames, type Generated } from './generate/objects.ts';
import { shrunk } from './generate/shrink.ts';
import { asStored, keepsAll } from './stored.ts';

type Kind = (typeof kinds)[number];

export interface Disagreement {
  readonly kind: string;
  readonly leaf: string | undefined;
  /** What each of the two says. */
  readonly why: string;
  /** The smallest spec on which they disagree. */
  readonly spec: unknown;
}

export interface Agreement {
  readonly objects: number;
  readonly accepted: number;
  readonly leaves: number;
  /** Places in the schema that no object changed. */
  readonly missed: readonly string[];
  readonly disagreements: readonly Disagreement[];
}

/** As many requests as the API server answers at once without being slower for it. */
const atOnce = 32;
/** A defect shows in many objects; the first of each place are enough. */
const shownPerLeaf = 2;

/** Does zod accept what the API server accepts, and read the same out of it? */
export async function agreement(kind: Kind, options: { readonly count: number; readonly seed: number; readonly ask: Ask }): Promise<Agreement> {
  const { count, seed, ask } = options;
  const changedLeaves = new Set<string>();
  const found: Disagreement[] = [];
  const shown = new Map<string, number>();
  let objects = 0;
  let accepted = 0;
  const source = generated(kind.kind, count, seed);
  const work = async (): Promise<void> => {
    for (const one of source) {
      objects += 1;
      if (one.leaf !== undefined) changedLeaves.add(one.leaf);
      const { why, isAccepted } = await compared(kind, one.spec, ask);
      if (isAccepted) accepted += 1;
      if (why !== undefined) found.push(await disagreement(kind, one, { shown, ask, why }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const leaves = leafNames(kind.kind);
  return { objects, accepted, leaves: leaves.length, missed: leaves.filter((leaf) => !changedLeaves.has(leaf)), disagreements: found };
}

async function disagreement(kind: Kind, one: Generated, seen: { readonly shown: Map<string, number>; readonly ask: Ask; readonly why: string }): Promise<Disagreement> {
  const key = one.leaf ?? '';
  const times = (seen.shown.get(key) ?? 0) + 1;
  seen.shown.set(key, times);
  if (times > shownPerLeaf) return { kind: kind.kind, leaf: one.leaf, why: seen.why, spec: one.spec };
  const spec = await shrunk(one.spec, async (smaller) => (await compared(kind, smaller, seen.ask)).why !== undefined);
  return { kind: kind.kind, leaf: one.leaf, why: (await compared(kind, spec, seen.ask)).why ?? seen.why, spec };
}

async function compared(kind: Kind, spec: unknown, ask: Ask): Promise<{ readonly isAccepted: boolean; readonly why?: string }> {
  const manifest = { apiVersion: 'modelkeeper.dev/v1alpha1', kind: kind.kind, metadata: { name: 'x' }, spec };
  const { code, body } = await ask('POST', pathOf(manifest, 'default') + strictDryRun, manifest);
  const isAccepted = code < 300;
  if (!isAccepted && code !== 400 && code !== 422) return { isAccepted, why: `the API server answers ${code}: ${String(body['message'])}` };
  const sent = asStored(JSON.parse(JSON.stringify(spec) || 'null'));
  const read = kind.spec.safeParse(sent);
  const whole = read.success && keepsAll(sent, read.data);
  if (whole !== isAccepted) return { isAccepted, why: isAccepted ? `only the API server accepts it; zod: ${read.error?.message ?? 'leaves something out'}` : `only zod accepts it; API server: ${String(body['message'])}` };
  if (!isAccepted || isDeepStrictEqual(asRecord(body['spec']), read.data)) return { isAccepted };
  return { isAccepted, why: `the API server stores ${JSON.stringify(body['spec'])}, and zod reads ${JSON.stringify(read.data)}` };
}

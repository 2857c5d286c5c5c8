import { join } from 'node:path';
import { Pool, portions } from '../../faults/pool.ts';
import { sample } from '../../faults/plan.ts';
import { leafNames } from '../generate/objects.ts';
import type { LeafReport } from './leaves.ts';
import type { Fall } from './walks.ts';
import type { Answers, Task } from './worker.ts';

export interface Campaign {
  readonly kinds: readonly string[];
  readonly seed: number;
  /** Changes of each place. */
  readonly each: number;
  /** Places of each kind, by name, or so many that are drawn by the seed; all when it is left out. */
  readonly places?: number | readonly string[];
  /** Walks of each kind. */
  readonly walks: number;
  /** Where the code lies that is tried; here when it is left out. */
  readonly root?: string;
}

export interface KindReport {
  readonly kind: string;
  readonly leaves: readonly LeafReport[];
  readonly walks: number;
  readonly applied: number;
  readonly refused: number;
  readonly falls: readonly Fall[];
}

/** Cores that are used. */
const workers = 2;
/** Places, and walks, that a process is given at a time. */
const portion = 5;

/** Changes every place of every kind, and takes walks, in processes of their own. The same seed gives the same sequences. */
export async function campaign({ kinds, seed, each, places, walks, root = join(import.meta.dirname, '../../..') }: Campaign, tell: (report: KindReport) => void): Promise<void> {
  const pool = new Pool<Task, Answers>(workers, join(root, 'test/corpus/sequences/worker.ts'));
  try {
    await Promise.all(kinds.map(async (kind) => {
      const names = places === undefined ? leafNames(kind) : typeof places === 'number' ? sample(leafNames(kind), places, seed) : places;
      const [leaves, walked] = await Promise.all([
        Promise.all(portions(names, portion).map((some) => pool.run({ kind: 'leaves', scenario: kind, seed, names: some, each }))),
        Promise.all(Array.from({ length: Math.ceil(walks / portion) }, (_, index) => pool.run({ kind: 'walks', scenario: kind, seed: seed + index, count: Math.min(portion, walks - index * portion) }))),
      ]);
      const sum = (of: 'walks' | 'applied' | 'refused'): number => walked.reduce((total, one) => total + one[of], 0);
      tell({ kind, leaves: leaves.flat(), walks: sum('walks'), applied: sum('applied'), refused: sum('refused'), falls: walked.flatMap(({ fall }) => (fall === undefined ? [] : [fall])) });
    }));
  } finally {
    await pool.close();
  }
}

/** A line for the kind, then what went wrong. */
export function lines({ kind, leaves, walks, applied, refused, falls }: KindReport): string[] {
  const changes = leaves.reduce((sum, leaf) => sum + leaf.changes, 0);
  const seen = leaves.filter((leaf) => leaf.seen).length;
  const bad = leaves.filter(({ violations }) => violations.length > 0);
  return [
    `${kind.padEnd(16)} ${leaves.length} places changed ${changes} times, ${seen} of them show in what the operator makes; ${walks} walks over ${applied} specs, ${refused} refused on the way; ${bad.length + falls.length} violations`,
    ...bad.flatMap(({ leaf, violations }) => [`  ${leaf}`, ...violations.slice(0, 6).map(({ oracle, detail }) => `    [${oracle}] ${detail}`)]),
    ...falls.flatMap(({ specs, violations }) => [`  a walk`, ...violations.slice(0, 6).map(({ oracle, detail }) => `    [${oracle}] ${detail}`), ...specs.map((spec) => `    ${JSON.stringify(spec).slice(0, 3_000)}`)]),
  ];
}

export function violationsIn({ leaves, falls }: KindReport): number {
  return leaves.filter(({ violations }) => violations.length > 0).length + falls.length;
}

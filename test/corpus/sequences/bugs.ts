import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { patchedCopy, patchesIn, readPatch } from '../../faults/bugs.ts';
import { campaign } from './campaign.ts';

const folder = join(import.meta.dirname, 'bugs');

/** A bug, kept as a patch. The lines before the patch say what it is, and `Kind:` and `Place:` by which changes it shows. */
export interface Bug {
  readonly name: string;
  readonly path: string;
  readonly kind: string;
  readonly places: readonly string[];
}

export function keptBugs(): Bug[] {
  return patchesIn(folder).map((path) => {
    const { name, said } = readPatch(path);
    return { name, path, kind: said('Kind')[0] ?? '', places: said('Place') };
  });
}

/** The oracles that find the bug in a copy of the source; none when it is not found. Rejected when the patch no longer applies. */
export async function oraclesThatFind(bug: Bug, seed: number): Promise<readonly string[]> {
  const copy = patchedCopy(bug);
  try {
    const found: string[] = [];
    await campaign({ kinds: [bug.kind], seed, each: 1, places: bug.places, walks: 0, root: copy }, ({ leaves }) => found.push(...leaves.flatMap(({ violations }) => violations.map(({ oracle }) => oracle))));
    return [...new Set(found)];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

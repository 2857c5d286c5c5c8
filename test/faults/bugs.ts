import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { columnOf, describePlan, sample } from './plan.ts';
import { Pool, portions } from './pool.ts';
import { sentence } from './report.ts';
import { scenarioOf } from './scenarios/index.ts';
import type { Plan, Write } from './world.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = join(import.meta.dirname, 'bugs');
/** What a run needs of this repository. */
const needed = ['operator', 'test', 'hack', 'crds', 'package.json', 'tsconfig.json'];

/** Runs between two looks at what was found: a hunt ends with the first catch. */
const bite = 4;

/**
 * A bug, kept as a patch. The lines before the patch say what it is, and where it is looked for: `Scenario:`, `Plan:` (a
 * column of the report) and `Write:` (how the signature of the write begins to which something happens).
 */
export interface Bug {
  readonly name: string;
  readonly path: string;
  readonly scenarios: readonly string[];
  /** None: all kinds of plans are tried. */
  readonly plans: readonly string[];
  /** None: something happens to any write. */
  readonly writes: readonly string[];
}

export function keptBugs(): Bug[] {
  return patchesIn(folder).map(bugAt);
}

export function bugAt(path: string): Bug {
  const { name, said } = readPatch(path);
  return { name, path, scenarios: said('Scenario').map((scenario) => scenarioOf(scenario).name), plans: said('Plan'), writes: said('Write') };
}

/** The paths of the patches that are kept in a folder. */
export function patchesIn(directory: string): string[] {
  return readdirSync(directory).filter((file) => file.endsWith('.patch')).sort().map((file) => join(directory, file));
}

/** A patch's name, and what the lines before it say of something: `said('Plan')` is what follows `Plan:`, a line each. */
export function readPatch(path: string): { readonly name: string; readonly said: (what: string) => string[] } {
  const lines = readFileSync(path, 'utf8').split('\n');
  return {
    name: basename(path, '.patch'),
    said: (what) => lines.filter((line) => line.startsWith(`${what}: `)).map((line) => line.slice(what.length + 2).trim()),
  };
}

export interface Hunt {
  /** Processes that play the code as it is. */
  readonly sound: Pool;
  readonly seed: number;
  /** Scenarios for a bug that names none. */
  readonly scenarios: readonly string[];
}

/** Plays scenarios with the bug in a copy of the source until an oracle finds it. Undefined when none does; rejected when the patch no longer applies. */
export async function hunt(bug: Bug, { sound, seed, scenarios }: Hunt): Promise<string | undefined> {
  const copy = patchedCopy(bug);
  const pool = new Pool(1, join(copy, 'test', 'faults', 'worker.ts'));
  try {
    for (const scenario of bug.scenarios.length > 0 ? bug.scenarios : scenarios) {
      const { reference, plans } = await sound.run({ kind: 'explore', scenario, level: 'fast', seed });
      const likely = plans.filter((plan) => isLikely(bug, plan, reference.performance.writes));
      const all = [{ faults: [] }, ...sample(likely, likely.length, seed)];
      for (const some of portions(all, bite)) {
        const found = await pool.run({ kind: 'judge', scenario, level: 'fast', reference, plans: some });
        for (const [index, violations] of found.entries()) {
          // With other writes than the sound code makes, a number may never be reached: that alone shows nothing.
          const [first] = violations.filter(({ oracle }) => oracle !== 'reached');
          if (first) return `${sentence(first)} (${scenario}, ${describePlan(some[index] ?? { faults: [] })})`;
        }
      }
    }
    return undefined;
  } finally {
    await pool.close();
    rmSync(copy, { recursive: true, force: true });
  }
}

function isLikely({ plans, writes }: Bug, plan: Plan, of: readonly Write[]): boolean {
  const signatures = plan.faults.map(({ at }) => of[at - 1]?.signature ?? '');
  return (plans.length === 0 || plans.includes(columnOf(plan))) && (writes.length === 0 || signatures.some((signature) => writes.some((beginning) => signature.startsWith(beginning))));
}

/** A copy of the source with the patch in it. Whoever asks for it removes it. */
export function patchedCopy({ name, path }: Pick<Bug, 'name' | 'path'>): string {
  const copy = mkdtempSync(join(tmpdir(), 'modelkeeper-bug-'));
  for (const part of needed) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { status, stderr } = spawnSync('git', ['apply', path], { cwd: copy, encoding: 'utf8' });
  if (status === 0) return copy;
  rmSync(copy, { recursive: true, force: true });
  throw new Error(`the patch ${name} no longer applies to the source: make it again. ${stderr.trim()}`);
}

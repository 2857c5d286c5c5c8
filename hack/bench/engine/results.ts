import { total } from './audit.ts';
import type { Tier } from './bed.ts';
import type { Counted } from './phase.ts';
import type { RunResult, Speed } from './run.ts';
import { summary, type Summary } from './statistics.ts';

export interface Run {
  readonly contender: string;
  readonly workers: number;
  readonly ceiling: boolean;
  readonly tier: Tier;
  readonly n: number;
  readonly repeat: number;
  readonly result?: RunResult;
  /** Why there is no result. */
  readonly error?: string;
}

export interface Machine {
  readonly cpus: number;
  readonly model: string;
  readonly memoryGiB: number;
  readonly node: string;
  /** Processes that wanted to run when the bench began: above 0 something else was at work. */
  readonly load: number;
}

export interface Results {
  readonly at: string;
  readonly machine: Machine;
  readonly runs: readonly Run[];
}

/** The repeats of one contender with one number of objects. */
export interface Group extends Pick<Run, 'contender' | 'workers' | 'ceiling' | 'tier' | 'n'> {
  readonly label: string;
  readonly runs: readonly RunResult[];
  readonly errors: readonly string[];
}

/** In the order of tiers, sizes and names. */
export function groups(runs: readonly Run[]): Group[] {
  const found = new Map<string, Run[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.tier, run.n, run.contender, run.workers]);
    found.set(key, [...found.get(key) ?? [], run]);
  }
  return [...found.values()].flatMap((those) => {
    const [first] = those;
    if (first === undefined) return [];
    const { contender, workers, ceiling, tier, n } = first;
    return [{
      contender, workers, ceiling, tier, n, label: `${contender}-${workers}`,
      runs: those.flatMap(({ result }) => (result === undefined ? [] : [result])),
      errors: those.flatMap(({ error }) => (error === undefined ? [] : [error])),
    }];
  }).sort((a, b) => a.tier - b.tier || a.n - b.n || Number(a.ceiling) - Number(b.ceiling) || order(a) - order(b) || a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/** Ours first, for it is what the page is about. */
function order({ contender }: Group): number {
  return contender.startsWith('ours') ? 0 : 1;
}

export function over(group: Group, figure: (speed: Speed) => number | undefined): Summary | undefined {
  const values = group.runs.map(({ speed }) => figure(speed)).filter((value) => value !== undefined).filter((value) => !Number.isNaN(value));
  return values.length === 0 ? undefined : summary(values);
}

/** Figures of the run that was followed to its end. */
export function life(group: Group): NonNullable<RunResult['life']> | undefined {
  return group.runs.find((run) => run.life !== undefined)?.life;
}

export const writesOf = (counted: Counted | undefined): number | undefined => counted && total(counted.writes);
export const readsOf = (counted: Counted | undefined): number | undefined => counted && total(counted.reads);

/** No-op writes of all that was done, or undefined at a tier where others write as well. */
export function noOpsOf(group: Group): number | undefined {
  if (group.tier !== 1 || group.runs.length === 0) return undefined;
  const lives = group.runs.flatMap((run) => (run.life === undefined ? [] : [run.life.touched, run.life.updated, run.life.scaled, run.life.restart.counts]));
  return [...group.runs.map(({ speed }) => speed.counts), ...lives].reduce((sum, { noOps }) => sum + noOps, 0);
}

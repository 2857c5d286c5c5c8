import { differences, unexplained } from './digest.ts';
import { sample } from './plan.ts';
import type { Pool } from './pool.ts';
import type { Result } from './report.ts';
import type { Course } from './suite.ts';
import type { Level, Plan, Violation } from './world.ts';

/** Runs that a process is given at a time. */
const portion = 8;

export interface Campaign {
  readonly pool: Pool;
  readonly level: Level['name'];
  readonly seed: number;
  /** As many plans of each scenario, drawn by the seed; all when it is left out. */
  readonly limit?: number;
  /** Plays the same on the simulated level, which must come to the same end. */
  readonly simulated?: Pool;
}

/** One scenario with all that is to happen to it. */
export async function campaign(scenario: string, { pool, level, seed, limit, simulated }: Campaign): Promise<Result> {
  const course = await pool.run({ kind: 'explore', scenario, level, seed });
  const other = await simulated?.run({ kind: 'explore', scenario, level: 'fast', seed });
  const plans = limit === undefined ? course.plans : sample(course.plans, limit, seed);
  // A run on the real level takes a minute, in which others can be played.
  const verdicts = await Promise.all(portions(plans, level === 'true' ? 1 : portion).map(async (some) => {
    const found = await pool.run({ kind: 'judge', scenario, level, reference: course.reference, plans: some });
    return some.map((plan, index) => ({ plan, violations: found[index] ?? [] }));
  }));
  return { scenario, writes: writesOf(course), unprovoked: [...course.violations, ...(other ? apart(course, other) : [])], verdicts: verdicts.flat() };
}

export function portions(plans: readonly Plan[], size = portion): Plan[][] {
  return Array.from({ length: Math.ceil(plans.length / size) }, (_, index) => plans.slice(index * size, (index + 1) * size));
}

/** Where the ends that a scenario comes to on two levels differ, and why that must not be. */
function apart(one: Course, other: Course): Violation[] {
  const mask = [...one.reference.mask, ...other.reference.mask];
  const all = differences(other.reference.performance.digest, one.reference.performance.digest);
  return unexplained(all, mask).map(({ path, before, after }) => ({ oracle: 'levels', detail: `${path}: simulated ${JSON.stringify(before)}, real ${JSON.stringify(after)}` }));
}

function writesOf({ reference }: Course): number {
  return reference.performance.writes.length;
}

import { differences, unexplained } from './digest.ts';
import { sample } from './plan.ts';
import { portions, type Pool } from './pool.ts';
import { deal, realPlans } from './real/plans.ts';
import type { Result } from './report.ts';
import type { Course } from './suite.ts';
import { isForAll, type Level, type Plan, type Violation } from './world.ts';

/** Runs that a process is given at a time. */
const portion = 8;

export interface Campaign {
  readonly pool: Pool;
  readonly level: Level['name'];
  readonly seed: number;
  /** As many plans of each scenario, drawn by the seed; all when it is left out. */
  readonly limit?: number;
  /** With a real level: where the same is played in simulated time, which must come to the same end. */
  readonly simulated?: Pool;
  /** Which scenario it is, from 0. */
  readonly index?: number;
  /** Plays one at a time what everybody feels who has to do with the same API server. */
  readonly alone?: <T>(play: () => Promise<T>) => Promise<T>;
}

/** One scenario with all that is to happen to it. */
export async function campaign(scenario: string, options: Campaign): Promise<Result> {
  const { pool, level, seed, simulated, alone = (play) => play() } = options;
  const [course, other] = await Promise.all([
    pool.run({ kind: 'explore', scenario, level, seed }), simulated?.run({ kind: 'explore', scenario, level: 'fast', seed }),
  ]);
  const verdicts = await Promise.all(portions(chosen(course, other, options), level === 'true' ? 1 : portion).map(async (plans) => {
    const forAll = plans.some(({ faults }) => faults.some(({ mode }) => isForAll(mode)));
    const judge = () => pool.run({ kind: 'judge', scenario, level, reference: course.reference, plans }, { first: forAll });
    const found = await (forAll ? alone(judge) : judge());
    return plans.map((plan, at) => ({ plan, violations: found[at] ?? [] }));
  }));
  return { scenario, writes: writesOf(course), unprovoked: [...course.violations, ...(other ? apart(course, other) : [])], verdicts: verdicts.flat() };
}

function chosen(course: Course, other: Course | undefined, { seed, limit, index = 0 }: Campaign): readonly Plan[] {
  const plans = other ? realPlans(other, course) : course.plans;
  if (limit === undefined) return plans;
  return other ? deal(plans, { seed, count: limit, index }) : sample(plans, limit, seed);
}

/** A hash of a spec, in which is the port of model servers: it is another one on each level. */
const hashed = /^\/modeldeployments\/[^/]+\/status\/handled\/spec$/;

/** Where the ends that a scenario comes to on two levels differ, and why that must not be. */
function apart(one: Course, other: Course): Violation[] {
  const mask = [...one.reference.mask, ...other.reference.mask];
  const all = differences(other.reference.performance.digest, one.reference.performance.digest);
  return unexplained(all, mask).filter(({ path }) => !hashed.test(path)).map(({ path, before, after }) => ({ oracle: 'levels', detail: `${path}: simulated ${JSON.stringify(before)}, real ${JSON.stringify(after)}` }));
}

function writesOf({ reference }: Course): number {
  return reference.performance.writes.length;
}

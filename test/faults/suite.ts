import { canonicalJson } from '../../operator/runtime/canonical.ts';
import { maskOf } from './digest.ts';
import { deviations, type Reference } from './oracles.ts';
import { perform } from './perform.ts';
import { crashPairs, faultPlans, stalePlans, unobservedPlans } from './plan.ts';
import type { Level, Performance, Plan, Scenario, Violation } from './world.ts';

/** Crashes in pairs, of which there are too many to try all. */
const pairs = 10;
/** In real time no two runs have the same number of writes: what comes last in one may not come in another. */
const surelyReached = 0.9;
/** How far the seeds of the runs that a reference is made of are apart. */
const stride = 1_000_003;

/** What is known of a scenario before anything happens to it. */
export interface Course {
  readonly reference: Reference;
  /** Everything that is to happen to it. */
  readonly plans: readonly Plan[];
  /** What is wrong without any fault. */
  readonly violations: readonly Violation[];
}

/**
 * Plays a scenario without faults: twice with other seeds, to learn in what two runs may differ, and once more with the
 * same seed, which must give the same trace.
 */
export async function explore(scenario: Scenario, level: Level, seed: number): Promise<Course> {
  const play = (with_: number) => perform(scenario, { level, seed: with_, plan: { faults: [] } });
  const { performance, history } = await play(seed);
  const others = [await play(seed + stride), await play(seed + 2 * stride)];
  const again = level.name === 'fast' ? await play(seed) : undefined;
  const fewest = Math.min(...[performance, ...others.map((other) => other.performance)].map(({ writes }) => writes.length));
  const writes = level.name === 'fast' ? performance.writes : performance.writes.slice(0, Math.floor(surelyReached * fewest));
  return {
    reference: { performance, mask: [...maskOf(...[performance, ...others.map((other) => other.performance)].map(({ digest }) => digest))] },
    plans: [...faultPlans(writes, level.modes), ...(level.hides ? [...stalePlans(writes), ...unobservedPlans(history)] : []), ...crashPairs(writes, pairs, seed)],
    violations: [
      ...performance.violations, ...others.flatMap((other) => other.performance.violations),
      ...(again && trace(again.performance) !== trace(performance) ? [{ oracle: 'deterministic', detail: 'the same seed gave another trace' }] : []),
    ],
  };
}

function trace({ writes, digest }: Performance): string {
  return canonicalJson([writes, digest]);
}

/** Plays a scenario with a plan, and says what is wrong with it; also when the harness itself fails in it. */
export async function judge(scenario: Scenario, level: Level, plan: Plan, reference: Reference): Promise<Violation[]> {
  try {
    const { performance } = await perform(scenario, { level, seed: reference.performance.seed, plan });
    return [...performance.violations, ...deviations(performance, reference)];
  } catch (error) {
    return [{ oracle: 'harness', detail: error instanceof Error ? error.stack ?? error.message : String(error) }];
  }
}

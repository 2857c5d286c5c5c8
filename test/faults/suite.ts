import { canonicalJson } from '../../operator/runtime/canonical.ts';
import { maskOf } from './digest.ts';
import { deviations, type Reference } from './oracles.ts';
import { perform } from './perform.ts';
import { crashPairs, faultPlans, stalePlans, unobservedPlans } from './plan.ts';
import type { Level, Performance, Plan, Scenario, Violation } from './world.ts';

/** Crashes in pairs, of which there are too many to try all. */
const pairs = 10;
/** How often a plan is tried whose write has not come: where time is real, two states of an object may be written as one. */
const realTries = 5;
/** How far the seeds of the runs that a reference is made of are apart. */
const stride = 1_000_003;

/** What is known of a scenario before anything happens to it. */
export interface Course {
  readonly reference: Reference;
  /** Everything that can happen to it where time is simulated. */
  readonly plans: readonly Plan[];
  /** Signatures of the writes that came in every run. */
  readonly sure: readonly string[];
  /** What is wrong without any fault. */
  readonly violations: readonly Violation[];
}

/**
 * Plays a scenario without faults, with several seeds, to learn in what two runs may differ. In simulated time it is
 * played once more with the same seed, which must give the same trace.
 */
export async function explore(scenario: Scenario, level: Level, seed: number): Promise<Course> {
  const play = (with_: number) => perform(scenario, { level, seed: with_, plan: { faults: [] } });
  const { performance, history } = await play(seed);
  const others = [await play(seed + stride), ...(level.isRealTime ? [] : [await play(seed + 2 * stride)])];
  const again = level.isRealTime ? undefined : await play(seed);
  const all = [performance, ...others.map((other) => other.performance)];
  const { writes } = performance;
  return {
    reference: { performance, mask: [...maskOf(...all.map(({ digest }) => digest))] },
    plans: level.isRealTime ? [] : [...faultPlans(writes, level.modes), ...(level.hides ? [...stalePlans(writes), ...unobservedPlans(history)] : []), ...crashPairs(writes, pairs, seed)],
    sure: writes.map(({ signature }) => signature).filter((signature) => all.every((one) => one.writes.some((write) => write.signature === signature))),
    violations: [
      ...all.flatMap(({ violations }) => violations),
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
    for (let tries = level.isRealTime ? realTries : 1; ; tries -= 1) {
      const { performance } = await perform(scenario, { level, seed: reference.performance.seed, plan });
      const violations = [...performance.violations, ...deviations(performance, reference)];
      if (tries === 1 || !violations.some(({ oracle }) => oracle === 'reached')) return violations;
    }
  } catch (error) {
    return [{ oracle: 'harness', detail: error instanceof Error ? error.stack ?? error.message : String(error) }];
  }
}

import { columnOf, describePlan } from './plan.ts';
import type { Plan, Violation } from './world.ts';

/** One run with a fault, and what was wrong with it. */
export interface Verdict {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
}

/** What became of one scenario. */
export interface Result {
  readonly scenario: string;
  readonly writes: number;
  /** What was wrong without any fault. */
  readonly unprovoked: readonly Violation[];
  readonly verdicts: readonly Verdict[];
}

/** A line for the scenario, then one for each run that went wrong, with how to play it again. */
export function lines({ scenario, writes, unprovoked, verdicts }: Result, replay: string): string[] {
  const bad = verdicts.filter(({ violations }) => violations.length > 0);
  return [
    `${scenario}: ${writes} writes, ${verdicts.length} runs (${columns(verdicts)}), ${unprovoked.length + bad.length} violations`,
    ...unprovoked.map((violation) => `  without a fault: ${sentence(violation)}`),
    ...bad.flatMap(({ plan, violations }) => [
      `  ${describePlan(plan)}: ${violations.map(sentence).join('; ')}`,
      ...(plan.sights ? [] : [`    ${replay} --scenario '${scenario}' ${plan.faults.map(({ at, mode }) => `--at ${at} --mode ${mode}`).join(' ')}`]),
    ]),
  ];
}

/** How many runs there were of each kind. */
export function columns(verdicts: readonly Verdict[]): string {
  const counts = new Map<string, number>();
  for (const { plan } of verdicts) counts.set(columnOf(plan), (counts.get(columnOf(plan)) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

export function violationsOf({ unprovoked, verdicts }: Result): number {
  return unprovoked.length + verdicts.filter(({ violations }) => violations.length > 0).length;
}

export function sentence({ oracle, detail }: Violation): string {
  return `[${oracle}] ${detail}`;
}

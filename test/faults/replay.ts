import { levelOf } from './levels.ts';
import { deviations } from './oracles.ts';
import { perform } from './perform.ts';
import { sentence } from './report.ts';
import { scenarioOf } from './scenarios/index.ts';
import { explore } from './suite.ts';
import type { Fault, Level } from './world.ts';

/** Plays one run again and prints its trace, marked where something happened, and what is wrong with it. Whether nothing is. */
export async function replay(name: string, { level: levelName, seed, faults }: { readonly level: Level['name']; readonly seed: number; readonly faults: readonly Fault[] }): Promise<boolean> {
  const scenario = scenarioOf(name);
  const level = await levelOf(levelName);
  const { reference } = await explore(scenario, level, seed);
  const { performance } = await perform(scenario, { level, seed, plan: { faults } });
  console.log(`${name}: ${reference.performance.writes.length} writes without a fault, ${performance.writes.length} with it`);
  for (const { number, instance, signature, status } of performance.writes) {
    const fault = faults.find(({ at }) => at === number);
    console.log(`${fault ? '>' : ' '} ${String(number).padStart(3)} operator ${instance + 1} ${signature} ${status ?? 'no answer'}${fault ? `  <- ${fault.mode}` : ''}`);
  }
  const violations = [...performance.violations, ...deviations(performance, reference)];
  for (const violation of violations) console.log(sentence(violation));
  console.log(`${violations.length} violations`);
  return violations.length === 0;
}

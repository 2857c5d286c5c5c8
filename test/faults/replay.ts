import { levelOf } from './levels.ts';
import { deviations } from './oracles.ts';
import { perform } from './perform.ts';
import { signed } from './real/plans.ts';
import { sentence } from './report.ts';
import { scenarioOf } from './scenarios/index.ts';
import { explore } from './suite.ts';
import { isAt, type Fault, type Level } from './world.ts';

/** Plays one run again and prints its trace, marked where something happened, and what is wrong with it. Whether nothing is. */
export async function replay(name: string, { level: levelName, seed, faults }: { readonly level: Level['name']; readonly seed: number; readonly faults: readonly Fault[] }): Promise<boolean> {
  const scenario = scenarioOf(name);
  const level = await levelOf(levelName);
  const simulated = await explore(scenario, await levelOf('fast'), seed);
  const { reference } = level.isRealTime ? await explore(scenario, level, seed) : simulated;
  const plan = level.isRealTime ? signed({ faults }, simulated.reference.performance.writes) : { faults };
  const { performance } = await perform(scenario, { level, seed, plan });
  console.log(`${name}: ${reference.performance.writes.length} writes without a fault, ${performance.writes.length} with it`);
  for (const write of performance.writes) {
    const fault = plan.faults.find((one) => isAt(one, write));
    console.log(`${fault ? '>' : ' '} ${String(write.number).padStart(3)} operator ${write.instance + 1} ${write.signature} ${write.status ?? 'no answer'}${fault ? `  <- ${fault.mode}` : ''}`);
  }
  const violations = [...performance.violations, ...deviations(performance, reference)];
  for (const violation of violations) console.log(sentence(violation));
  console.log(`${violations.length} violations`);
  return violations.length === 0;
}

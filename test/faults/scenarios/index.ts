import type { Scenario } from '../world.ts';
import { deletions } from './deletions.ts';
import { runs } from './runs.ts';
import { serving } from './serving.ts';

export const scenarios: readonly Scenario[] = [...runs, ...serving, ...deletions];

export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`there is no scenario "${name}": take one of ${scenarios.map((one) => one.name).join(', ')}`);
  return found;
}

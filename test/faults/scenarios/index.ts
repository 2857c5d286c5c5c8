import type { Scenario } from '../world.ts';
import { deletions } from './deletions.ts';
import { runs } from './runs.ts';
import { serving } from './serving.ts';

export const scenarios: readonly Scenario[] = [...runs, ...serving, ...deletions];

import { python } from '../../../test/statistics/python.ts';
import type { Plan, Scenario } from './scenarios.ts';
import { features, referenceRows, type Columns } from './world.ts';

/** What Evidently finds with its defaults. */
export interface EvidentlyFound {
  readonly windows: number;
  /** Windows with a drifted column. */
  readonly any: number;
  /** Windows in which at least half of the columns have drifted: what it calls dataset drift. */
  readonly dataset: number;
}

interface Subset {
  readonly worlds: number;
  readonly windows: number;
}

/** Keeps the data of the first worlds and windows, for Evidently to judge the same. */
export function recorder(scenarios: readonly Scenario[], { worlds, windows }: Subset) {
  const references: Columns[] = [];
  const seen = new Map(scenarios.map((scenario): [Scenario, Columns[]] => [scenario, []]));
  const look: Plan['look'] = (world, scenario, window, { reference, columns }) => {
    if (world >= worlds || window >= windows) return;
    references[world] = reference;
    seen.get(scenario)?.push(columns);
  };
  const judge = async (): Promise<EvidentlyFound[]> => {
    const file = (at: number): string => `windows-${at}.bin`;
    const plan = { worlds, windows, features, referenceRows, scenarios: scenarios.map(({ rows }, at) => ({ rows, file: file(at) })) };
    const data = Object.fromEntries([...seen.values()].map((columns, at) => [file(at), bytes(columns)]));
    return await python('defaults.py', { 'plan.json': JSON.stringify(plan), 'references.bin': bytes(references), ...data }) as EvidentlyFound[];
  };
  return { look, judge };
}

function bytes(tables: readonly Columns[]): Uint8Array {
  return Buffer.concat(tables.flat().map(({ buffer }) => new Uint8Array(buffer)));
}

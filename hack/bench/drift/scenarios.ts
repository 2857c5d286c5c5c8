import { judgeDataDrift, type DataDriftRule } from '../../../operator/drift/judge-data.ts';
import type { Profile } from '../../../operator/profile/format.ts';
import { normal, random, type Random } from '../../random.ts';
import { categorical, categoricalProfile } from './categories.ts';
import type { Rate } from './rate.ts';
import { autoregressive, draw, features, independent, profileOf, referenceRows, windowOf, type Columns, type Source } from './world.ts';

/** What a DriftPolicy does by default, but for windows as small as 200 rows. */
export const rule: DataDriftRule = {
  minSamples: 200,
  numeric: { method: 'KolmogorovSmirnov', threshold: 0.1 },
  categorical: { method: 'JensenShannon', threshold: 0.1 },
  alpha: 0.01,
  correction: 'BenjaminiHochberg',
};
/** What is often done: a test for each feature, at 5 %, and nothing else. */
const testsAlone: DataDriftRule = { ...rule, numeric: { ...rule.numeric, threshold: 0 }, categorical: { ...rule.categorical, threshold: 0 }, alpha: 0.05, correction: 'None' };

export type Kind = 'Independent' | 'Autoregressive' | 'Categorical';

export interface Scenario {
  readonly kind: Kind;
  /** Rows of a window. */
  readonly rows: number;
  /** By how many standard deviations, and how many of the features. */
  readonly shift: number;
  readonly shifted: number;
}

export interface Found {
  /** Windows in which at least one feature has drifted. */
  readonly rule: Rate;
  /** The same, if the chunks of the baseline are not asked what is usual. */
  readonly withoutLaws: Rate;
  /** The same, for tests alone. */
  readonly testsAlone: Rate;
}

export interface Plan {
  readonly seed: number;
  /** Each has a baseline of its own; with one for all windows, the luck of that one would be measured. */
  readonly worlds: number;
  /** Windows of each scenario in each world. */
  readonly windows: number;
  /** Sees the data, for other tools. */
  readonly look?: (world: number, scenario: Scenario, window: number, data: { readonly reference: Columns; readonly columns: Columns }) => void;
}

const rho = 0.9;

/** How often each scenario raises an alarm; all are of one kind. */
export function simulate(kind: Kind, scenarios: readonly Scenario[], { seed, worlds, windows, look }: Plan): Found[] {
  const tallies = scenarios.map(() => ({ rule: 0, withoutLaws: 0, testsAlone: 0 }));
  for (let world = 0; world < worlds; world += 1) {
    const uniform = random(seed + world);
    const numbers: Numbers = { uniform, normal: normal(uniform) };
    const reference = draw(referenceRows, sources(kind, numbers));
    const profile = kind === 'Categorical' ? categoricalProfile(reference) : profileOf(reference);
    const lawless: Profile = { ...profile, features: profile.features.map((feature) => ({ ...feature, null: [] })) };
    scenarios.forEach((scenario, at) => {
      const tally = tallies[at] ?? { rule: 0, withoutLaws: 0, testsAlone: 0 };
      for (let window = 0; window < windows; window += 1) {
        const columns = draw(scenario.rows, sources(kind, numbers, scenario));
        look?.(world, scenario, window, { reference, columns });
        const counts = windowOf(profile, columns);
        const alarm = (of: Profile, by: DataDriftRule): number => Number(judgeDataDrift(of, counts, by).state === 'Breached');
        tally.rule += alarm(profile, rule);
        tally.withoutLaws += alarm(lawless, rule);
        tally.testsAlone += alarm(lawless, testsAlone);
      }
    });
  }
  const rate = (hits: number): Rate => ({ hits, trials: worlds * windows });
  return tallies.map((tally) => ({ rule: rate(tally.rule), withoutLaws: rate(tally.withoutLaws), testsAlone: rate(tally.testsAlone) }));
}

interface Numbers {
  readonly uniform: Random;
  readonly normal: () => number;
}

function sources(kind: Kind, numbers: Numbers, { shift, shifted }: Pick<Scenario, 'shift' | 'shifted'> = { shift: 0, shifted: 0 }): Source[] {
  const by = (at: number): number => (at < shifted ? shift : 0);
  switch (kind) {
    case 'Independent': return Array.from({ length: features }, (_, at) => independent(numbers.normal, by(at)));
    case 'Autoregressive': return Array.from({ length: features }, (_, at) => autoregressive(numbers.normal, rho, by(at)));
    case 'Categorical': return categorical(numbers.uniform);
  }
}

import type { CheckStatus, DriftCheck, DriftPolicySpec } from '../../api/v1alpha1/driftpolicy.ts';
import { judgeDataDrift } from '../../drift/judge-data.ts';
import { judgePerformance } from '../../drift/judge-performance.ts';
import type { Judgement } from '../../drift/judgement.ts';
import type { Profile, WindowCounts } from '../../profile/format.ts';

/** What is judged: the window, what it is compared with, and what earlier windows came to. */
export interface Judging {
  readonly profile: Profile;
  readonly window: WindowCounts;
  /** The recorded checks, as far as they speak of the same version and baseline. */
  readonly before: readonly CheckStatus[];
  /** Names of the checks of the episode that goes on: they pass again only when they are well below their limit. */
  readonly episode: readonly string[];
}

export interface Judged {
  readonly checks: CheckStatus[];
  /** Features that have no value in any row, though the baseline has some. */
  readonly missing: readonly string[];
}

/** Judges every check of a policy over one window. */
export function judgeChecks(spec: Pick<DriftPolicySpec, 'checks' | 'window' | 'firing'>, judging: Judging): Judged {
  const judged = spec.checks.map((check) => ({ check, judgement: judge(check, spec, judging) }));
  return {
    checks: judged.map(({ check, judgement }) => record(check.name, judgement, judging.before.find(({ name }) => name === check.name), spec.firing.windows)),
    missing: [...new Set(judged.flatMap(({ judgement }) => judgement.missing))],
  };
}

function judge({ name, dataDrift, performance }: DriftCheck, { window: { minSamples } }: Pick<DriftPolicySpec, 'window'>, judging: Judging): Judgement {
  const { profile, window, episode } = judging;
  const wasBreached = episode.includes(name);
  if (dataDrift) return judgeDataDrift(profile, window, { ...dataDrift, minSamples, wasBreached });
  if (performance) return judgePerformance(profile, window, { ...performance, wasBreached });
  return { state: 'Error', threshold: 0, samples: 0, worst: [], missing: [], message: `check ${name} says nothing to compare` };
}

function record(name: string, judgement: Judgement, before: CheckStatus | undefined, windows: number): CheckStatus {
  const { state, reason, value, threshold, samples, worst, message } = judgement;
  const now = state === 'OK' || state === 'Breached' ? state : 'Unknown' as const;
  return {
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(value === undefined ? {} : { value: rounded(value) }),
    threshold: rounded(threshold),
    // Routers may claim more than can be counted.
    samples: Math.min(samples, Number.MAX_SAFE_INTEGER),
    worst: worst.slice(0, 5).map((one) => ({ feature: one.feature, value: rounded(one.value), threshold: rounded(one.threshold) })),
    message: message.slice(0, 256).toWellFormed(),
    recent: [...before?.recent ?? [], now].slice(-windows),
  };
}

/** Four digits behind the point are more than a window can tell. */
function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** Whether the newest window was breached, and enough of those before it: what was long ago begins nothing. */
export function fires({ recent }: Pick<CheckStatus, 'recent'>, { windows, breaches }: Pick<DriftPolicySpec['firing'], 'windows' | 'breaches'>): boolean {
  return recent.at(-1) === 'Breached' && recent.slice(-windows).filter((state) => state === 'Breached').length >= breaches;
}

/** Whether so many windows in a row were not breached that the check cannot fire again at once. */
export function calm({ recent }: Pick<CheckStatus, 'recent'>, { windows, breaches }: Pick<DriftPolicySpec['firing'], 'windows' | 'breaches'>): boolean {
  const needed = windows - breaches + 1;
  return recent.length >= needed && recent.slice(-needed).every((state) => state === 'OK');
}

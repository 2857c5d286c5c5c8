import type { DriftPolicySpec, DriftPolicyStatus } from '../../api/v1alpha1/driftpolicy.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import { timestamp } from '../../runtime/conditions.ts';
import { without } from '../without.ts';
import type { Baseline } from '../baseline.ts';
import { calm, fires, judgeChecks } from './checks.ts';
import type { Stretch, WindowSum } from './panes.ts';

export type Recorded = Omit<DriftPolicyStatus, 'observedGeneration' | 'writerEpoch' | 'conditions'>;

/** A window that is due, with what was counted in it. */
export interface DueWindow extends Stretch {
  readonly sum: WindowSum;
  readonly version: string;
  readonly baseline: Baseline;
}

/*
 *   (quiet) -- a check fires --> (episode) -- its checks are calm --> (quiet, Recovered)
 *                                   |
 *                                   +-- retraining gave nothing better --> (quiet, Fruitless; the next one after the cooldown)
 */

/** The record after a window has been judged: checks, features that are missing, and whether an episode begins or ends. */
export function judged(spec: DriftPolicySpec, before: Recorded, due: DueWindow): Recorded {
  const { version, baseline: { digest, profile } } = due;
  const same = before.version === version && before.baseline === digest;
  const result = judgeChecks(spec, {
    profile, window: due.sum.counts,
    before: same ? before.checks : [],
    episode: same ? before.episode?.checks ?? [] : [],
  });
  const window = { start: timestamp(due.start), end: timestamp(due.end) };
  const record = missed({ ...before, version, baseline: digest, window, checks: result.checks }, result.missing, window.end);
  return record.episode ? continued(spec, record, window.end) : begun(spec, record, window);
}

/** Notes since when features are missing; nothing is said of a window without rows. */
function missed(record: Recorded, features: readonly string[], at: string): Recorded {
  if (features.length > 0) return { ...record, missing: { since: record.missing?.since ?? at, features: features.slice(0, 5) } };
  const said = record.checks.some(({ state }) => state === 'OK' || state === 'Breached');
  return said ? without(record, 'missing') : record;
}

function begun(spec: DriftPolicySpec, record: Recorded, window: NonNullable<Recorded['window']>): Recorded {
  const firing = record.checks.filter((check) => fires(check, spec.firing));
  const { version, baseline, lastEpisode, missing } = record;
  const cool = lastEpisode === undefined || Date.parse(window.end) >= Date.parse(lastEpisode.end) + durationMs(spec.firing.cooldown);
  if (firing.length === 0 || missing || !cool || version === undefined || baseline === undefined) return record;
  return { ...record, episode: { start: window.end, window, version, baseline, checks: firing.map(({ name }) => name) } };
}

/** More checks may join an episode. It is over when all of them are calm, or when a new version drifts again at once. */
function continued(spec: DriftPolicySpec, record: Recorded, at: string): Recorded {
  const { episode, loop } = record;
  if (!episode) return record;
  const firing = record.checks.filter((check) => fires(check, spec.firing)).map(({ name }) => name);
  const replaced = loop?.episode === episode.start && loop.endedAt !== undefined && record.version !== episode.version;
  if (replaced && firing.length > 0) return ended({ ...record, fruitless: record.fruitless + 1 }, 'Fruitless', at);
  const checks = [...new Set([...episode.checks, ...firing])];
  // A check that the spec no longer has cannot keep an episode open.
  const concerned = record.checks.filter(({ name }) => checks.includes(name));
  if (concerned.every((check) => calm(check, spec.firing))) return ended({ ...record, fruitless: 0 }, 'Recovered', at);
  return { ...record, episode: { ...episode, checks } };
}

/** The record without its episode. What the windows said stays: drift that lasts begins the next one after the cooldown. */
export function ended(record: Recorded, outcome: NonNullable<Recorded['lastEpisode']>['outcome'], at: string): Recorded {
  const { episode } = record;
  if (!episode) return record;
  return { ...without(record, 'episode'), lastEpisode: { start: episode.start, end: at, outcome } };
}

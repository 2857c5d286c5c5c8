import type { AnalysisCheck, Verdict } from '../../api/v1alpha1/modeldeployment.ts';
import type { Counts } from '../../dataplane/routing.ts';
import { chanceOf, type Share } from '../../drift/proportions.ts';
import { metrics } from './metrics.ts';

export interface CheckVerdict {
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
}

/** A difference is held against a version only when chance would produce it less often than this. */
const significance = 0.01;

/**
 * Compares the new version with the active one over the same window. Failed: worse by more than `maxWorse`, and not by
 * chance. Passed: enough trials, and not Failed. Inconclusive: too few trials. NoData: none at all.
 */
export function judge(check: AnalysisCheck, stable: Counts, candidate: Counts): CheckVerdict {
  const metric = metrics[check.metric];
  const [old, young] = [metric.share(stable), metric.share(candidate)];
  const minimum = metric.minimum(check);
  const verdict = (is: Verdict, message: string): CheckVerdict => ({ name: check.name, verdict: is, message: `${check.metric}: ${message}` });
  if (old.trials === 0 && young.trials === 0) return verdict('NoData', `no ${metric.trials} yet`);
  const fewest = Math.min(old.trials, young.trials);
  if (fewest < minimum) return verdict('Inconclusive', `${fewest} of ${minimum} ${metric.trials}`);
  const worse = (metric.better === 'Higher' ? 1 : -1) * (rate(old) - rate(young));
  const values = `${percent(rate(young))} against ${percent(rate(old))} of the active version`;
  const failed = worse > check.maxWorse && chanceOf(worse, old, young) < significance;
  return failed
    ? verdict('Failed', `${values}, worse than the allowed ${percent(check.maxWorse)}`)
    : verdict('Passed', values);
}

function rate({ hits, trials }: Share): number {
  return hits / trials;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

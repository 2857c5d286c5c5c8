import type { DriftPolicySpec, DriftPolicyStatus } from '../../api/v1alpha1/driftpolicy.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import type { Stretch } from './panes.ts';

/** The routers keep this many panes; a longer window could not be complete after a restart of the operator. */
export const maxPanesOfWindow = 512;
/** Time for the routers to be asked again after a window has ended. One that does not answer then is not waited for. */
const patienceMs = 15_000;
/** How soon to look again for the routers' last word. */
const soonMs = 500;

/** Milliseconds of panes that must be kept for the windows of a policy. */
export function retentionMs({ window, interval }: Pick<DriftPolicySpec, 'window' | 'interval'>, paneMs: number): number {
  return durationMs(window.duration) + durationMs(interval) + 2 * paneMs + 2 * patienceMs;
}

/**
 * The newest window that has ended by `now`: windows end at multiples of the interval, and begin and end with a pane, so
 * that every operator finds the same ones.
 */
export function newestWindow({ window, interval }: Pick<DriftPolicySpec, 'window' | 'interval'>, paneMs: number, now: number): Stretch {
  const intervalMs = durationMs(interval);
  const end = Math.floor((Math.floor(now / intervalMs) * intervalMs) / paneMs) * paneMs;
  return { start: end - Math.ceil(durationMs(window.duration) / paneMs) * paneMs, end };
}

/** The window to judge now, or how long to wait before looking again. */
export function dueWindow(
  spec: Pick<DriftPolicySpec, 'window' | 'interval'>, { window: last }: Pick<DriftPolicyStatus, 'window'>,
  at: { readonly paneMs: number; readonly completeUntil: number; readonly now: number },
): { readonly window: Stretch } | { readonly waitMs: number } {
  const window = newestWindow(spec, at.paneMs, at.now);
  const intervalMs = durationMs(spec.interval);
  // Never 0: an end that falls into a pane which lasts longer than the interval is told by the next one.
  if (last && Date.parse(last.end) >= window.end) return { waitMs: intervalMs - (at.now % intervalMs) + soonMs };
  return at.completeUntil >= window.end || at.now >= window.end + patienceMs + at.paneMs ? { window } : { waitMs: soonMs };
}

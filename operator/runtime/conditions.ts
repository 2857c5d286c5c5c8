import type { Condition } from '../api/kind.ts';

/** What a controller says about one condition; the engine adds the times. */
export interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const yes = (reason: string, message = ''): Verdict => ({ status: 'True', reason, message });
export const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });
export const unknown = (reason: string, message: string): Verdict => ({ status: 'Unknown', reason, message });

/**
 * Whether work on the object goes on. Working: it does, without anyone's help. Settled: nothing is left to do.
 * Stalled: nothing will happen until somebody changes something.
 */
export type Activity = 'Working' | 'Settled' | 'Stalled';

/** The kstatus conditions that follow from the activity; they are absent while they would be False. */
export function activityConditions(activity: Activity, summary: Verdict): Readonly<Record<string, Verdict>> {
  const { reason, message } = summary;
  switch (activity) {
    case 'Working': return { Reconciling: yes(reason, message) };
    case 'Stalled': return { Stalled: yes(reason, message) };
    case 'Settled': return {};
  }
}

/** Gives verdicts their times: `lastTransitionTime` moves only when a status changes. */
export function settle(
  before: readonly Condition[], verdicts: Readonly<Record<string, Verdict>>, at: { readonly now: number; readonly generation: number },
): Condition[] {
  return Object.entries(verdicts).map(([type, verdict]) => {
    const previous = before.find((condition) => condition.type === type);
    const unchanged = previous?.status === verdict.status;
    return {
      type,
      status: verdict.status,
      reason: verdict.reason,
      // The API server stores half a character as U+FFFD.
      message: verdict.message.slice(0, 256).toWellFormed(),
      lastTransitionTime: unchanged ? previous.lastTransitionTime : timestamp(at.now),
      observedGeneration: at.generation,
    };
  });
}

/** RFC 3339 in UTC with whole seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

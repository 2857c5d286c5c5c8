import { figure } from '../format.ts';
import type { DemoRecord, LoopRecord, VersionRecord } from '../record.ts';

/** Something that happened, for the time line. */
export interface StoryEvent {
  readonly at: string;
  readonly text: string;
}

/** What happened, in the order of time. */
export function eventsOf({ versions }: Pick<DemoRecord, 'versions'>, loop: LoopRecord): StoryEvent[] {
  const { pattern, episode, retraining, lastEpisode } = loop;
  const candidate = versions.find(({ name }) => name === retraining?.candidate);
  return [
    ...(pattern === undefined ? [] : [{ at: pattern, text: 'card testing begins' }]),
    ...(episode ? [{ at: episode.start, text: `drift is found by ${episode.checks.join(' and ')}${worstOf(loop, episode.window.end)}` }] : []),
    ...toldOf(loop),
    ...(retraining ? [{ at: retraining.startedAt, text: `run ${retraining.run} begins, on all days until then` }] : []),
    ...(candidate ? [{ at: candidate.createdAt, text: registered(candidate) }] : []),
    ...loop.shares.filter(({ percent }) => percent > 0).map(({ at, candidate: name = '', percent }) => ({ at, text: `${name} gets ${percent} % of the requests` })),
    ...(retraining?.endedAt === undefined ? [] : [{ at: retraining.endedAt, text: `${retraining.outcome}: ${retraining.message}` }]),
    ...(lastEpisode?.outcome === 'Recovered' ? [{ at: lastEpisode.end, text: 'every check passes again: recovered' }] : []),
  ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function worstOf({ windows }: LoopRecord, end: string): string {
  const worst = windows.find((window) => window.end === end)?.checks.flatMap((check) => check.worst)[0];
  return worst ? `: ${worst.feature} differs by ${worst.value.toFixed(2)} (limit ${worst.threshold.toFixed(2)})` : '';
}

function registered({ name, metrics, champion }: VersionRecord): string {
  const [recall, other] = [metrics['recall'], champion?.metrics['recall']];
  const compared = recall === undefined ? '' : `: recall ${figure(recall)}${champion && other !== undefined ? `, ${champion.version} ${figure(other)} on the same day` : ''}`;
  return `${name} is registered${compared}`;
}

/** One event for what all receivers were told. */
function toldOf({ alerts }: LoopRecord): StoryEvent[] {
  const kinds = new Set(alerts.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const those = alerts.filter((alert) => alert.kind === kind);
    const [first] = those;
    return first ? [{ at: first.at, text: `told ${those.map(({ receiver }) => receiver).join(' and ')}: ${kind ?? 'unknown'}` }] : [];
  });
}

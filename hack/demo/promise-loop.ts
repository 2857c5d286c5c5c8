import { figure } from './format.ts';
import type { Check } from './promise.ts';
import type { AlertRecord, DemoRecord, LoopRecord } from './record.ts';

/** How many windows in a row raise no alarm when nothing has changed. */
const quietWindows = 30;
/** Three windows of 30 s that are breached, and some time to look at them. */
const slowestFindingSeconds = 150;
const receivers = ['Slack', 'Teams'] as const;

/** What was promised of the loop. */
export function loopPromises(record: DemoRecord, loop: LoopRecord): Check[] {
  if (!record.drift) return quietPromises(loop);
  return [...foundPromises(record, loop), ...(record.worse === undefined ? closedPromises(record, loop) : stoppedPromises(record, loop))];
}

function quietPromises({ windows, alerts }: LoopRecord): Check[] {
  const drifted = windows.filter((window) => window.drifted).length;
  return [
    { kept: windows.length >= quietWindows && drifted === 0, text: `${windows.length} windows in a row, ${drifted} of them in an alarm` },
    { kept: alerts.length === 0, text: `${alerts.length} messages` },
  ];
}

function foundPromises({ runs }: DemoRecord, { pattern, episode, retraining, alerts, windows }: LoopRecord): Check[] {
  const early = windows.filter(({ drifted, end }) => drifted && pattern !== undefined && end <= pattern).length;
  const seconds = episode && pattern !== undefined ? (Date.parse(episode.start) - Date.parse(pattern)) / 1_000 : Infinity;
  return [
    { kept: early === 0, text: `${early} alarms before fraud changed` },
    { kept: seconds > 0 && seconds <= slowestFindingSeconds, text: `drift was found ${seconds} s after fraud had changed` },
    { kept: ['inputs', 'recall'].every((name) => episode?.checks.includes(name)), text: `it was found by ${episode?.checks.join(' and ') ?? 'nothing'}` },
    { kept: retraining !== undefined && retraining.episode === episode?.start && runs.length === 2 && runs[1]?.name === retraining.run, text: `one run was made for it: ${retraining?.run ?? 'none'}` },
    told(alerts, 'Drift', 1),
    { kept: alerts.every(({ kind }) => kind !== undefined), text: `every message is one that the policy knows of` },
  ];
}

function closedPromises({ versions: [, candidate] }: DemoRecord, { retraining, lastEpisode, windows, alerts }: LoopRecord): Check[] {
  const [mine, others] = [candidate?.metrics['recall'] ?? 0, candidate?.champion?.metrics['recall'] ?? 1];
  const newest = windows.at(-1);
  return [
    { kept: retraining?.outcome === 'Promoted' && retraining.candidate === candidate?.name, text: `the loop ended as ${retraining?.outcome ?? 'nothing'}` },
    { kept: mine > others, text: `on the same held-out day, recall was ${figure(mine)} of the new model and ${figure(others)} of the old one` },
    { kept: lastEpisode?.outcome === 'Recovered', text: `the episode ended as ${lastEpisode?.outcome ?? 'nothing'}` },
    { kept: newest?.version === candidate?.name && newest?.checks.every(({ state }) => state === 'OK') === true, text: `the newest window of ${newest?.version ?? 'nothing'} passes every check` },
    told(alerts, 'Recovered', 1),
  ];
}

function stoppedPromises({ worse }: DemoRecord, { retraining, alerts }: LoopRecord): Check[] {
  const expected = worse === 'offline' ? 'Refused' : 'RolledBack';
  return [
    { kept: retraining?.outcome === expected, text: `the loop ended as ${retraining?.outcome ?? 'nothing'}` },
    told(alerts, 'Recovered', 0),
  ];
}

/** Each receiver was told exactly so often. */
function told(alerts: readonly AlertRecord[], kind: AlertRecord['kind'], times: number): Check {
  const counts = receivers.map((receiver) => ({ receiver, count: alerts.filter((alert) => alert.kind === kind && alert.receiver === receiver).length }));
  return { kept: counts.every(({ count }) => count === times), text: `told of ${kind ?? ''}: ${counts.map(({ receiver, count }) => `${receiver} ${count}`).join(', ')}` };
}

import { life, over, type Group } from '../results.ts';
import { figure, seconds } from './tables.ts';
import type { Claim } from './verdict.ts';

interface Target {
  readonly text: string;
  readonly limit: number;
  readonly unit: string;
  /** Objects at which it holds; at any number without it. */
  readonly n?: number;
  readonly of: (group: Group) => number | undefined;
}

/** What the engine was designed for. All of it depends on the machine but the first. */
const targets: readonly Target[] = [
  { text: 'idle requests', limit: 0.2, unit: '/s', n: 1_000, of: (group) => life(group)?.idle.requestsPerSecond },
  { text: 'create to children at ten a second, p50', limit: 20, unit: ' ms', of: (group) => over(group, ({ children }) => children.paced.p50)?.median },
  { text: 'create to children at ten a second, p99', limit: 150, unit: ' ms', of: (group) => over(group, ({ children }) => children.paced.p99)?.median },
  { text: 'child ready to Ready at ten a second, p99', limit: 500, unit: ' ms', of: (group) => over(group, ({ lag }) => lag.paced.p99)?.median },
  { text: 'processor time of a reconcile', limit: 1.5, unit: ' ms', n: 1_000, of: (group) => over(group, ({ cpuMsPerReconcile }) => cpuMsPerReconcile)?.median },
  { text: 'memory without objects', limit: 130, unit: ' MiB', of: (group) => over(group, ({ rssMiB }) => rssMiB.base)?.median },
  { text: 'restart to synced', limit: 5, unit: ' s', n: 10_000, of: (group) => seconds(life(group)?.restart.syncedMs) },
  { text: 'event loop delay of a restart, p99', limit: 200, unit: ' ms', n: 10_000, of: (group) => life(group)?.restart.eventLoopP99Ms },
  { text: 'recovery from a restart of the API server', limit: 5, unit: ' s', of: (group) => seconds(life(group)?.recovery?.apiServerRestart) },
  { text: 'recovery from half-open connections', limit: 90, unit: ' s', of: (group) => seconds(life(group)?.recovery?.halfOpen) },
  { text: 'recovery from 410', limit: 5, unit: ' s', of: (group) => seconds(life(group)?.recovery?.expired) },
];

const workers = 16;

/** Of ours with many workers. Where a target names no number of objects, at the smallest that was measured. */
export function targetClaims(all: readonly Group[]): Claim[] {
  const ours = all.filter((group) => group.contender === 'ours' && group.workers === workers && group.tier === 1 && group.runs.length > 0);
  return [...targets.map((target) => claim(target, ours)), slope(ours)];
}

function claim({ text, limit, unit, n, of }: Target, ours: readonly Group[]): Claim {
  const group = ours.find((each) => of(each) !== undefined && (n === undefined || each.n === n));
  const value = group && of(group);
  return {
    text: `${text} ${n === undefined ? '' : `at N = ${n.toLocaleString('en-US')} `}at most ${limit}${unit}`, exact: false,
    met: value === undefined ? undefined : value <= limit, figures: value === undefined ? '' : `${figure(value)}${Number.isFinite(value) ? unit : ''}`,
  };
}

/** Between the two largest numbers of objects: below, what the process takes for itself outweighs them. */
function slope(ours: readonly Group[]): Claim {
  const points = ours.filter(({ n }) => n >= 1_000).slice(-2).flatMap((group) => {
    const after = over(group, ({ rssMiB }) => rssMiB.after)?.median;
    return after === undefined ? [] : [{ n: group.n, after }];
  });
  const [less, more] = points;
  const value = less === undefined || more === undefined ? undefined : (more.after - less.after) * 1_000 / (more.n - less.n);
  return { text: 'memory of 1,000 objects at most 8 MiB', exact: false, met: value === undefined ? undefined : value <= 8, figures: value === undefined ? '' : `${figure(value)} MiB` };
}

import { total } from '../audit.ts';
import { life, noOpsOf, over, readsOf, writesOf, type Group } from '../results.ts';
import type { Life } from '../life.ts';
import type { Counted } from '../phase.ts';
import type { Speed } from '../run.ts';
import type { Summary } from '../statistics.ts';

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Column {
  readonly title: string;
  readonly of: (group: Group, all: readonly Group[]) => string;
}

/** The tables of one tier and one number of objects: first what does not depend on the machine. */
export function tables(all: readonly Group[]): Table[] {
  return Object.entries(columns).map(([title, those]) => ({
    title,
    columns: ['contender-workers', ...those.map((column) => column.title)],
    rows: all.map((group) => [group.label, ...(group.runs.length === 0 ? [`failed: ${group.errors[0] ?? ''}`] : those.map((column) => column.of(group, all)))]),
  })).filter(({ rows }) => rows.some((cells) => cells.slice(1).some((cell) => cell !== none)));
}

export const none = '-';

const perObject = (speed: Speed, count: number | undefined): number | undefined => (count === undefined ? undefined : count / speed.objects);
const eachOf = (group: Group, of: (life: Life) => Counted): string => {
  const lived = life(group);
  return lived === undefined ? none : figure(total(of(lived).writes) / lived.objects);
};

const columns: Readonly<Record<string, readonly Column[]>> = {
  Requests: [
    { title: 'writes/object', of: (group) => median(over(group, (speed) => perObject(speed, writesOf(speed.counts)))) },
    { title: 'reads/object', of: (group) => median(over(group, (speed) => perObject(speed, readsOf(speed.counts)))) },
    { title: 'refused', of: (group) => median(over(group, ({ counts }) => counts.refused)) },
    { title: 'no-op writes', of: (group) => figure(noOpsOf(group)) },
    { title: 'label', of: (group) => eachOf(group, ({ touched }) => touched) },
    { title: 'new image', of: (group) => eachOf(group, ({ updated }) => updated) },
    { title: 'replicas', of: (group) => eachOf(group, ({ scaled }) => scaled) },
    { title: 'removal', of: (group) => eachOf(group, ({ removed }) => removed) },
    { title: 'after restart', of: (group) => figure(writesOf(life(group)?.restart.counts)) },
    { title: 'idle req/s', of: (group) => figure(life(group)?.idle.requestsPerSecond) },
    { title: 'new connections', of: (group) => figure(connectionsOf(group)) },
  ],
  Speed: [
    { title: 'objects/s', of: (group) => spread(over(group, ({ objectsPerSecond }) => objectsPerSecond)) },
    { title: 'x controller-runtime', of: (group, all) => figure(ratio(group, all)) },
    { title: 'children, 10/s', of: (group) => latency(group, ({ children }) => children.paced) },
    { title: 'children, burst', of: (group) => latency(group, ({ children }) => children.burst) },
    { title: 'ready lag, 10/s', of: (group) => latency(group, ({ lag }) => lag.paced) },
    { title: 'ready lag, burst', of: (group) => latency(group, ({ lag }) => lag.burst) },
  ],
  Cost: [
    { title: 'CPU ms/object', of: (group) => spread(over(group, ({ cpuMsPerObject }) => cpuMsPerObject)) },
    { title: 'API server', of: (group) => spread(over(group, ({ serverCpuMsPerObject }) => serverCpuMsPerObject)) },
    { title: 'CPU ms/reconcile', of: (group) => spread(over(group, ({ cpuMsPerReconcile }) => cpuMsPerReconcile)) },
    { title: 'MiB base', of: (group) => median(over(group, ({ rssMiB }) => rssMiB.base)) },
    { title: 'MiB after', of: (group) => median(over(group, ({ rssMiB }) => rssMiB.after)) },
    { title: 'event loop p99 ms', of: (group) => spread(over(group, ({ eventLoopP99Ms }) => eventLoopP99Ms)) },
    { title: 'restart to synced s', of: (group) => figure(seconds(life(group)?.restart.syncedMs)) },
  ],
  'Recovery, s': [
    { title: 'API server restart', of: (group) => figure(seconds(life(group)?.recovery?.apiServerRestart)) },
    { title: 'half-open connections', of: (group) => figure(seconds(life(group)?.recovery?.halfOpen)) },
    { title: '410 after a pause', of: (group) => figure(seconds(life(group)?.recovery?.expired)) },
  ],
};

/** In a steady state: while every object is changed once more, and while nothing happens. */
export function connectionsOf(group: Group): number | undefined {
  const lived = life(group);
  return lived && lived.scaled.connections + lived.idle.connections;
}

/** Of the medians of objects a second, to those of controller-runtime with as many workers. */
export function ratio(group: Group, all: readonly Group[]): number | undefined {
  const other = all.find(({ contender, workers, tier, n }) => contender === 'controller-runtime' && workers === group.workers && tier === group.tier && n === group.n);
  const [ours, theirs] = [group, other].map((each) => each && over(each, ({ objectsPerSecond }) => objectsPerSecond)?.median);
  return ours === undefined || theirs === undefined ? undefined : ours / theirs;
}

/** Without end when it is null. */
export function seconds(ms: number | null | undefined): number | undefined {
  return ms === null ? Number.POSITIVE_INFINITY : ms === undefined ? undefined : ms / 1_000;
}

/** Three digits, and no more than two behind the point. */
export function figure(value: number | undefined): string {
  if (value === undefined) return none;
  if (value === Number.POSITIVE_INFINITY) return 'never';
  const digits = Number.isInteger(value) ? 0 : Math.max(0, Math.min(2, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits);
}

function median(found: Summary | undefined): string {
  return figure(found?.median);
}

function spread(found: Summary | undefined): string {
  if (found === undefined) return none;
  const { median: middle, min, max } = found;
  return min === max ? figure(middle) : `${figure(middle)} (${figure(min)} to ${figure(max)})`;
}

/** `p50 / p99` in milliseconds. */
function latency(group: Group, of: (speed: Speed) => { readonly p50: number; readonly p99: number }): string {
  const [p50, p99] = [over(group, (speed) => of(speed).p50), over(group, (speed) => of(speed).p99)];
  return p50 === undefined || p99 === undefined ? none : `${p50.median.toFixed(0)} / ${p99.median.toFixed(0)}`;
}

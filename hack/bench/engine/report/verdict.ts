import { life, noOpsOf, over, readsOf, writesOf, type Group } from '../results.ts';
import { connectionsOf, figure, ratio } from './tables.ts';

/** One thing that has to be shown. */
export interface Claim {
  readonly text: string;
  /** Undefined when nothing was measured that could decide it. */
  readonly met: boolean | undefined;
  readonly figures: string;
  /** A count, which no busy machine can excuse. */
  readonly exact: boolean;
}

/** All that has to be shown of ours. */
export function verdict(all: readonly Group[]): Claim[] {
  const ours = all.filter(({ contender, runs }) => contender === 'ours' && runs.length > 0);
  return ranked([writes(ours, all), ...zeros(ours), ...speeds(ours, all)]);
}

/** What falls short comes first. */
export function ranked(claims: readonly Claim[]): Claim[] {
  return [...claims.filter(({ met }) => met === false), ...claims.filter(({ met }) => met === undefined), ...claims.filter(({ met }) => met === true)];
}

export function spell({ text, met, figures }: Claim): string {
  return `${met === undefined ? 'not measured' : met ? 'met' : 'NOT met'}: ${text}${figures === '' ? '' : ` (${figures})`}`;
}

const sizeOf = ({ label, tier, n }: Group): string => `${label} at N = ${n.toLocaleString('en-US')}${tier === 1 ? '' : ', full chain'}`;
const perObject = (group: Group): number | undefined => over(group, ({ counts, objects }) => (writesOf(counts) ?? 0) / objects)?.max;

function writes(ours: readonly Group[], all: readonly Group[]): Claim {
  const pairs = ours.filter(({ tier }) => tier === 1).flatMap((group) => {
    const twin = all.find(({ contender, workers, tier, n }) => contender === 'controller-runtime' && workers === group.workers && tier === 1 && n === group.n);
    const [mine, theirs] = [perObject(group), twin && perObject(twin)];
    return mine === undefined || theirs === undefined ? [] : [{ group, mine, theirs }];
  });
  return {
    text: 'no more writes per object than the controller-runtime twin', exact: true,
    met: pairs.length === 0 ? undefined : pairs.every(({ mine, theirs }) => mine <= theirs),
    figures: pairs.map(({ group, mine, theirs }) => `${sizeOf(group)}: ${figure(mine)}, twin ${figure(theirs)}`).join('; '),
  };
}

function zeros(ours: readonly Group[]): Claim[] {
  const first = ours.filter(({ tier }) => tier === 1);
  return [
    zero('0 reads', first, readsOfAll),
    zero('0 writes that change nothing', first, noOpsOf),
    zero('0 writes after a restart', first, (group) => writesOf(life(group)?.restart.counts)),
    zero('0 new connections in a steady state', first, connectionsOf),
  ];
}

function zero(text: string, ours: readonly Group[], of: (group: Group) => number | undefined): Claim {
  const found = ours.flatMap((group) => {
    const count = of(group);
    return count === undefined ? [] : [{ group, count }];
  });
  return {
    text, exact: true, met: found.length === 0 ? undefined : found.every(({ count }) => count === 0),
    figures: found.map(({ group, count }) => `${sizeOf(group)}: ${figure(count)}`).join('; '),
  };
}

/** But for those at the start, which fill the caches. */
function readsOfAll(group: Group): number {
  const lives = group.runs.flatMap((run) => (run.life === undefined ? [] : [run.life.touched, run.life.updated, run.life.scaled, run.life.removed]));
  return [...group.runs.map(({ speed }) => speed.counts), ...lives].reduce((sum, counted) => sum + (readsOf(counted) ?? 0), 0);
}

const judgedAt = 1_000;

/** Judged at 1,000 objects, or at the largest number below for want of that. */
function speeds(ours: readonly Group[], all: readonly Group[]): Claim[] {
  const first = ours.filter(({ tier, n }) => tier === 1 && n <= judgedAt);
  const judged = first.filter(({ n }) => n === Math.max(...first.map((group) => group.n)));
  const others = [...new Set(all.filter(({ contender, ceiling }) => !ceiling && contender !== 'controller-runtime' && !contender.startsWith('ours')).map(({ contender }) => contender))];
  return [
    ...judged.map((group) => {
      const found = ratio(group, all);
      return {
        text: `${sizeOf(group)}: at least 0.95 times the objects/s of the controller-runtime twin`, exact: false,
        met: found === undefined ? undefined : found >= 0.95, figures: found === undefined ? '' : `${figure(found)} times`,
      };
    }),
    ...judged.flatMap((group) => others.map((other) => faster(group, all.filter(({ contender, tier, n }) => contender === other && tier === 1 && n === group.n), other))),
  ];
}

/** Ours with any number of workers against the other one's best. */
function faster(group: Group, theirs: readonly Group[], other: string): Claim {
  const rate = (each: Group): number => over(each, ({ objectsPerSecond }) => objectsPerSecond)?.median ?? Number.NaN;
  const comparable = theirs.filter(({ workers, runs }) => runs.length > 0 && (workers === group.workers || theirs.length === 1));
  const best = Math.max(...comparable.map(rate));
  return {
    text: `${sizeOf(group)}: more objects/s than ${other}`, exact: false,
    met: comparable.length === 0 ? undefined : rate(group) > best,
    figures: comparable.length === 0 ? '' : `${figure(rate(group))}, ${other} ${figure(best)}`,
  };
}

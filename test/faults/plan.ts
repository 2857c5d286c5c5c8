import { random, shuffled } from '../../hack/random.ts';
import { modes, type Fault, type Mode, type Plan, type Plural, type Revision, type Sight, type Write } from './world.ts';

/** How long an API server lags behind who has begun to lead, in stale-state plans. */
const lagMs = 30_000;

/** Every write with everything that can happen to it. */
export function faultPlans(writes: readonly Write[], of: readonly Mode[] = modes): Plan[] {
  return writes.flatMap(({ number }) => of.map((mode) => ({ faults: [{ at: number, mode }] })));
}

/**
 * The process dies after a write that is dear to repeat, and the next one sees the cluster as it was before: just before
 * the write, a few writes earlier, and at the start. Other writes are left out, as Sieve does.
 */
export function stalePlans(writes: readonly Write[]): Plan[] {
  return writes.filter(isDear).flatMap((write): Plan[] => {
    const before = [write.number, write.number - 4, 2].map((number) => writes[number - 1]?.position).filter((position) => position !== undefined);
    return [...new Set(before)].map((after) => ({ faults: [{ at: write.number, mode: 'killAfter' }], sights: [undefined, { frozen: { after, forMs: lagMs } }] }));
  });
}

/** Kinds whose events lead to writes that are dear to repeat. */
const decisive: ReadonlySet<Plural> = new Set(['jobs', 'pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies', 'controllerrevisions']);

/** One event of one object is not seen until the next one of the same object is. */
export function unobservedPlans(history: readonly Revision[]): Plan[] {
  const plans: Plan[] = [];
  const last = new Map<string, number>();
  for (const [position, { plural, name, uid }] of history.entries()) {
    if (!decisive.has(plural)) continue;
    const from = last.get(uid);
    const hidden: Sight['hidden'] = from === undefined ? undefined : { plural, name, from, until: position };
    if (hidden) plans.push({ faults: [], sights: [{ hidden }] });
    last.set(uid, position);
  }
  return plans;
}

/** Two crashes in one run: as many pairs as asked for. The second number counts on through the first crash. */
export function crashPairs(writes: readonly Write[], count: number, seed: number): Plan[] {
  const next = random(seed);
  const crash = (at: number): Fault => ({ at, mode: next() < 0.5 ? 'killBefore' : 'killAfter' });
  return Array.from({ length: writes.length < 2 ? 0 : count }, () => {
    const first = 1 + Math.floor(next() * (writes.length - 1));
    return { faults: [crash(first), crash(first + 1 + Math.floor(next() * (writes.length - first)))] };
  });
}

/** As many of them, in their order. */
export function sample<T>(all: readonly T[], count: number, seed: number): T[] {
  const chosen = new Set(shuffled([...all.keys()], random(seed)).slice(0, count));
  return all.filter((_, index) => chosen.has(index));
}

/** What to call a plan, such as `killAfter at 12`. */
export function describePlan({ faults, sights = [] }: Plan): string {
  const seen = sights.map((sight) => {
    if (sight?.frozen) return `blind to all after revision ${sight.frozen.after}`;
    if (sight?.hidden) return `blind to ${sight.hidden.plural}/${sight.hidden.name} in revisions ${sight.hidden.from} to ${sight.hidden.until}`;
    return '';
  });
  return [...faults.map(({ at, mode }) => `${mode} at ${at}`), ...seen].filter((part) => part !== '').join(', ') || 'no fault';
}

/** The column of the report that a plan is counted in. */
export function columnOf({ faults, sights = [] }: Plan): string {
  if (sights.some((sight) => sight?.frozen)) return 'stale';
  if (sights.some((sight) => sight?.hidden)) return 'unobserved';
  if (faults.length > 1) return 'crash pairs';
  return String(faults[0]?.mode ?? 'no fault');
}

/** Deletions, creations of Jobs and updates of what routers follow. */
function isDear({ signature, status }: Write): boolean {
  return signature.startsWith('DELETE ') || (status === 201 && signature.startsWith('PATCH batch/jobs ')) || /^PATCH configmaps .*-router-/.test(signature)
    || (signature.startsWith('PATCH modelkeeper.dev/pipelineruns ') && status === 201);
}


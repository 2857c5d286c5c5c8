import { setTimeout as sleep } from 'node:timers/promises';
import { tally, total, type AuditLog, type Counts, type Request, type Tally } from './audit.ts';
import type { Plural, World } from './world.ts';

/** What the contender asked of the API server while something was done. */
export interface Counted extends Tally {
  readonly seconds: number;
  /** Writes that were accepted and changed nothing that is stored. */
  readonly noOps: number;
}

const quietMs = 1_500;
const pollMs = 250;
const longestMs = 60_000;

/** Does something, waits until the contender asks for nothing more, and counts what it asked for. */
export async function counted(world: World, audit: AuditLog, act: () => Promise<void>): Promise<Counted> {
  const requests = await audit.read();
  requests.length = 0;
  const before = world.foreignChanges();
  const startedAt = performance.now();
  await act();
  const seconds = (performance.now() - startedAt) / 1_000;
  requests.push(...await quiet(audit));
  return { ...tally(requests), seconds, noOps: noOps(requests, difference(before, world.foreignChanges())) };
}

/** The requests until there were none for a while. */
async function quiet(audit: AuditLog): Promise<Request[]> {
  const requests = await audit.read();
  const deadline = performance.now() + longestMs;
  let last = performance.now();
  while (performance.now() - last < quietMs && performance.now() < deadline) {
    await sleep(pollMs);
    const more = await audit.read();
    if (more.length > 0) last = performance.now();
    requests.push(...more);
  }
  return requests;
}

type Changes = Readonly<Record<Plural, number>>;

function difference(before: Changes, after: Changes): Changes {
  return { widgets: after.widgets - before.widgets, deployments: after.deployments - before.deployments, services: after.services - before.services };
}

/** Each write that changes something is seen once by a watch, so what is accepted beyond that changed nothing. */
export function noOps(requests: readonly Request[], changes: Changes): number {
  const accepted = requests.filter(({ code }) => code < 300);
  const writes: Counts = tally(accepted).writes;
  const watched: readonly Plural[] = ['widgets', 'deployments', 'services'];
  const of = (plural: Plural): Counts => Object.fromEntries(Object.entries(writes).filter(([name]) => name.split(' ')[1]?.split('/')[0] === plural));
  return watched.reduce((sum, plural) => sum + total(of(plural)) - changes[plural], 0);
}

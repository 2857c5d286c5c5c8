import { digestOf, sortOf } from './digest.ts';
import { brokenInvariants } from './invariants.ts';
import { namingOf, type Naming } from './naming.ts';
import { Operators } from './operators.ts';
import { openSeam, type Seam } from './seam.ts';
import { isAt, type Level, type Performance, type Plan, type Revision, type Scenario, type Site, type Violation, type Write } from './world.ts';

export interface Trial {
  readonly level: Level;
  readonly seed: number;
  readonly plan: Plan;
}

/** What a run showed, and all that happened in it. */
export interface Run {
  readonly performance: Performance;
  readonly history: readonly Revision[];
}

/** How often what looks like the end may be left again. */
const maxRounds = 20;

/** Plays a scenario in a fresh world, with what the plan says, and judges it by itself: what holds for every run. */
export async function perform(scenario: Scenario, { level, seed, plan }: Trial): Promise<Run> {
  const site = await level.open({ seed, plan });
  const { world } = site;
  const seam = openSeam({ faults: plan.faults, namespace: world.namespace, position: () => world.history.length });
  const settled = (): Promise<boolean> => settle(site, { writes: () => seam.writes.length, led: () => operators.led });
  const operators: Operators = new Operators(site, seam, { settled, sights: plan.sights ?? [] });
  const violations: Violation[] = [];
  try {
    operators.start();
    await scenario.play(world);
    await operators.undisturbed();
    await cured(site, seam, plan);
    if (!(await rested(operators, settled))) violations.push({ oracle: 'converges', detail: 'writes do not end' });
    const before = seam.writes.length;
    await world.elapse(site.pace.idleMs);
    violations.push(...seam.writes.slice(before).map(({ signature }) => ({ oracle: 'quiet', detail: `${signature} after all was done` })));
  } catch (error) {
    violations.push({ oracle: 'converges', detail: error instanceof Error ? error.message : String(error) });
  }
  await operators.stop();
  const history = [...world.history];
  const performance = summary(scenario, { seed, plan, seam, site, history });
  await site.close();
  return { performance: { ...performance, violations: [...violations, ...performance.violations] }, history };
}

/** Waits until whoever leads has written nothing for the level's time; false when that does not come. */
async function settle({ world, pace: { settleMs, stepMs } }: Site, { writes, led }: { readonly writes: () => number; readonly led: () => boolean }): Promise<boolean> {
  let quietMs = 0;
  for (let waitedMs = 0; waitedMs < maxRounds * settleMs; waitedMs += stepMs) {
    const before = writes();
    await world.elapse(stepMs);
    quietMs = led() && writes() === before ? quietMs + stepMs : 0;
    if (quietMs >= settleMs) return true;
  }
  return false;
}

/** As `settled`, and nobody is still to go on: what a leader had on its way when it was paused comes when it goes on. */
async function rested(operators: Operators, settled: () => Promise<boolean>): Promise<boolean> {
  do {
    await operators.undisturbed();
    if (!(await settled())) return false;
  } while (operators.disturbed);
  return true;
}

/** Waits until what was refused as if it were wrong has been done after all, or it is clear that nobody wants it any more. */
async function cured({ world, pace: { stepMs, cureMs = 0 } }: Site, { writes }: Seam, { faults }: Plan): Promise<void> {
  const refused = writes.filter((write) => faults.some((fault) => fault.mode === 422 && isAt(fault, write)));
  const what = ({ signature }: Write): string => signature.replace(/ #\d+$/, '');
  const isDone = (write: Write): boolean => writes.slice(write.number).some((later) => what(later) === what(write) && later.status !== undefined && later.status < 300);
  for (let waitedMs = 0; waitedMs < cureMs && !refused.every(isDone); waitedMs += stepMs) await world.elapse(stepMs);
}

interface Seen {
  readonly seed: number;
  readonly plan: Plan;
  readonly seam: Seam;
  readonly site: Site;
  readonly history: readonly Revision[];
}

function summary(scenario: Scenario, { seed, plan, seam, site, history }: Seen): Performance {
  const naming = namingOf(history, site.world.namespace, site.world.modelPort);
  const missed = plan.faults.length > 1 ? [] : plan.faults.filter((fault) => !seam.reached.has(fault));
  return {
    scenario: scenario.name, seed, plan, writes: seam.writes,
    digest: digestOf(history, naming),
    effects: tally(site.world.effects.map(({ key }) => key)),
    ...countsOf(history, naming),
    violations: [
      ...missed.map(({ at, signature }) => ({ oracle: 'reached', detail: `there was no write ${signature ?? at}` })),
      ...brokenInvariants(history),
      ...seam.late.map(({ signature }) => ({ oracle: 'lease', detail: `${signature} was sent by a leader whose lease had run out` })),
      ...site.unhandled.map((detail) => ({ oracle: 'unhandled', detail })),
    ],
  };
}

/** By what has been stored: whoever died in the meantime has not seen every answer. */
function countsOf(history: readonly Revision[], naming: Naming): Pick<Performance, 'creations' | 'deletions'> {
  const objects = (wanted: Revision['type']): Record<string, number> => tally(history.filter(({ type }) => type === wanted)
    .map(({ plural, name, live }) => (plural === 'pods' ? `pods/${sortOf(live)}` : naming.object(plural, name))));
  return { creations: objects('Added'), deletions: objects('Deleted') };
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

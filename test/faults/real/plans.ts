import { random, shuffled } from '../../../hack/random.ts';
import { columnOf, faultPlans } from '../plan.ts';
import type { Course } from '../suite.ts';
import { modes, outages, type Plan, type Write } from '../world.ts';

/** How often each column of the report comes in a round: what strikes a whole control plane is played by itself, and takes long. */
const round: readonly string[] = [...[...modes, 'cut', 'halfOpen', 'crash pairs'].flatMap((column) => [String(column), String(column)]), 'restart', 'expired'];

/**
 * What is to happen on a real API server: the plans of the simulated run, and outages, at those writes that also came in
 * every real run without faults. A write is told by its signature, because in real time its number is another one in each run.
 */
export function realPlans(simulated: Course, real: Course): Plan[] {
  const { writes } = simulated.reference.performance;
  const sure = new Set(real.sure);
  return [...simulated.plans, ...faultPlans(writes, outages)].filter(({ sights }) => sights === undefined)
    .map((plan) => signed(plan, writes)).filter(({ faults }) => faults.every(({ signature }) => signature !== undefined && sure.has(signature)));
}

/** The plan, with its writes told by their signatures. */
export function signed(plan: Plan, writes: readonly Write[]): Plan {
  return { ...plan, faults: plan.faults.map((fault) => ({ ...fault, ...signatureAt(writes, fault.at) })) };
}

function signatureAt(writes: readonly Write[], number: number): { readonly signature?: string } {
  const write = writes[number - 1];
  return write === undefined ? {} : { signature: write.signature };
}

export interface Turn {
  readonly seed: number;
  readonly count: number;
  /** Which scenario it is, from 0. */
  readonly index: number;
}

/**
 * So many plans of a scenario. The columns are dealt to the scenarios in turn, in an order that follows from the seed, so
 * that each comes as often as the others in all scenarios together.
 */
export function deal(plans: readonly Plan[], { seed, count, index }: Turn): Plan[] {
  const order = shuffled(round, random(seed));
  const next = random(seed + index + 1);
  const chosen: Plan[] = [];
  for (let at = index * count; chosen.length < Math.min(count, plans.length) && at < index * count + count * order.length; at += 1) {
    const column = order[at % order.length];
    const left = plans.filter((plan) => columnOf(plan) === column && !chosen.includes(plan));
    const plan = left[Math.floor(next() * left.length)];
    if (plan !== undefined) chosen.push(plan);
  }
  return chosen;
}

import type { Json } from '../../../operator/runtime/kind.ts';
import type { OurPlural, Revision, View, World } from '../../faults/world.ts';

/** What the oracles know of one object in the end: everything that there is, without what differs from run to run. */
export interface Seen {
  readonly digest: Json;
  /** Status and reason of the condition that sums the object up. */
  readonly summary: string;
}

/** What of a spec is found in what the operator made of it: each row is a place, what is there, and what the spec says. */
export type Mirrored = readonly (readonly [place: string, found: unknown, said: unknown])[];

/** An object whose spec changes, and the world around it. */
export interface Subject {
  readonly kind: string;
  readonly plural: OurPlural;
  readonly name: string;
  /** Specs of which the operator makes all that they ask for; each place of the schema has an effect in one of them. */
  readonly specs: readonly Json[];
  /** Specs in which a place differs from the first that has it, where values from the schema alone would be refused or would show nothing. */
  readonly telling: Readonly<Record<string, readonly Json[]>>;
  /** Places that nothing shows, and why that is right. */
  readonly unseen: Readonly<Record<string, string>>;
  /** Makes what the object needs. */
  surround(world: World): Promise<void>;
  /** Lets the operator do all that it does without further ado. */
  rest(world: World): Promise<void>;
  /** What happens when the last spec has been taken: it shows what acts only then. */
  challenge(world: World): Promise<void>;
  /** Ends what never ends by itself. */
  calm?(world: World): Promise<void>;
  /** What happened on the way, for places that the end does not tell of. */
  course(history: readonly Revision[]): Json;
  mirrored(spec: Json, view: View): Mirrored;
  /** What must be the same in the end, whichever way led there. */
  lasting(seen: Seen, spec: Json): Json;
  /** Whether what happened before still goes on, so that nothing can be said. */
  goesOn(spec: Json, path: Seen, fresh: Seen): boolean;
  /** The spec, if a world with it is small enough to be played many times. */
  affordable(spec: Json | undefined): Json | undefined;
  /** Whether the spec keeps up what serves. */
  serves(spec: Json): boolean;
}

/** Writes to the status and to children come at once after a change; a pod is there after a second, and a version lingers for ten. */
export const lullMs = 40_000;
const longest = 60;

/** Specs whose text is longer take long, and show nothing more. */
const longestSpec = 20_000;

export function short(spec: Json | undefined): Json | undefined {
  return spec === undefined || JSON.stringify(spec).length > longestSpec ? undefined : spec;
}

/** Waits until nothing has changed for a while. */
export async function lull(world: World, forMs = lullMs): Promise<void> {
  for (let round = 0; round < longest; round += 1) {
    const before = world.history.length;
    await world.elapse(forMs);
    if (world.history.length === before) return;
  }
  throw new Error('changes do not end');
}

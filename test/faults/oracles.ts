import { differences, unexplained } from './digest.ts';
import { masked } from './signature.ts';
import { isAt, type Performance, type Violation } from './world.ts';

/** What runs with faults are compared with. */
export interface Reference {
  readonly performance: Performance;
  /** Leaves of the digest, and all below them, that differ from run to run anyway. */
  readonly mask: readonly string[];
}

/** As many as are told of one kind: the first ones say it all. */
const told = 3;

/** What a run with faults shows that its reference does not. */
export function deviations(of: Performance, { performance: reference, mask }: Reference): Violation[] {
  return [...endState(of, reference, mask), ...counts(of, reference), ...effects(of, reference)];
}

/** The end is the same, whatever happened on the way. */
function endState(of: Performance, reference: Performance, mask: readonly string[]): Violation[] {
  const late = belated(of, reference);
  return unexplained(differences(reference.digest, of.digest), mask).filter(({ path, before }) => before !== undefined || !late(path.slice(1))).slice(0, told)
    .map(({ path, before, after }) => ({ oracle: 'end state', detail: `${path}: ${shown(before)} without the fault, ${shown(after)} with it` }));
}

/**
 * Each object has been created and deleted as often as without a fault. A write that was held up past the lease, or is
 * decided on without having seen a deletion, may create what is no longer wanted: it is collected, for its owner is gone.
 */
function counts(of: Performance, reference: Performance): Violation[] {
  const late = belated(of, reference);
  const collected = (object: string): boolean => (of.plan.faults.some(({ mode }) => mode === 'pause') || of.plan.sights !== undefined) && surplus(of, reference, { what: 'creations', object }) === surplus(of, reference, { what: 'deletions', object });
  return (['creations', 'deletions'] as const).flatMap((what) => {
    const objects = [...new Set([...Object.keys(reference[what]), ...Object.keys(of[what])])];
    return objects.filter((object) => surplus(of, reference, { what, object }) !== 0 && !collected(object) && !late(object)).slice(0, told)
      .map((object) => ({ oracle: what, detail: `${object}: ${reference[what][object] ?? 0} without the fault, ${of[what][object] ?? 0} with it` }));
  });
}

function surplus(of: Performance, reference: Performance, { what, object }: { readonly what: 'creations' | 'deletions'; readonly object: string }): number {
  return (of[what][object] ?? 0) - (reference[what][object] ?? 0);
}

/**
 * Whether this object, or pod of it, is there once more because the creation at which a process was paused came through
 * after a user had removed the object. The write had left while the process still led, and nothing can call it back; the
 * process that has lost its lease may be gone before it is answered.
 */
function belated(of: Performance, reference: Performance): (object: string) => boolean {
  const held = of.plan.faults.filter(({ mode }) => mode === 'pause').map((fault) => of.writes.find((write) => isAt(fault, write))).filter((write) => write?.verb === 'PATCH' && (write.status ?? 201) === 201);
  const objects = Object.keys(of.creations).filter((object) => held.some((write) => object.replace(/[[#].*/, '') === `${write?.plural ?? ''}/${masked(write?.name ?? '')}`)
    && surplus(of, reference, { what: 'creations', object }) === 1);
  const names = new Set(objects.flatMap((object) => [object, `pods/${/\[(.*)\]/.exec(object)?.[1] ?? ''}`]));
  return (object) => names.has(object);
}

/** Every notice arrives, and at most once; once more for each crash, between its arrival and the record of it. */
function effects(of: Performance, reference: Performance): Violation[] {
  const crashes = of.plan.faults.filter(({ mode }) => mode !== 409 && mode !== 422 && mode !== 429).length;
  const [expected, actual] = [Object.keys(reference.effects).length, Object.keys(of.effects).length];
  const often = Object.values(of.effects).filter((times) => times > 1 + crashes);
  return [
    ...(expected === actual ? [] : [{ oracle: 'effects', detail: `${expected} notices without the fault, ${actual} with it` }]),
    ...often.map((times) => ({ oracle: 'effects', detail: `a notice arrived ${times} times` })),
  ];
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

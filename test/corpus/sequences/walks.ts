import fc from 'fast-check';
import { isSameJson } from '../../../operator/runtime/canonical.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import type { Violation } from '../../faults/world.ts';
import { changesAt } from '../generate/objects.ts';
import { specs } from '../generate/specs.ts';
import type { Admission } from './admission.ts';
import { leaves } from './leaves.ts';
import type { Judge } from './oracles.ts';
import type { Subject } from './subject.ts';

/** A walk that went wrong, as short as it can be. */
export interface Fall {
  readonly specs: readonly Json[];
  readonly violations: readonly Violation[];
}

export interface WalksReport {
  readonly walks: number;
  /** Specs that were applied, and those that admission refused on the way. */
  readonly applied: number;
  readonly refused: number;
  readonly fall?: Fall;
}

type Step = (spec: Json) => unknown;

/** Most walks are there and back: longer ones only take longer. */
const longest = 3;
/** A walk that went wrong is made shorter for so long: each attempt takes a second or two. */
const shrinkMs = 90_000;

/** Walks from spec to spec: changes of places, specs that have nothing to do with the one before, and mostly a return to the first. */
export async function walksReport(subject: Subject, { admit, judge, seed, count }: { readonly admit: Admission; readonly judge: Judge; readonly seed: number; readonly count: number }): Promise<WalksReport> {
  let [applied, refused] = [0, 0];
  let fall: Fall | undefined;
  const property = fc.asyncProperty(walk(subject), async ({ first, steps, returns }) => {
    const base = subject.affordable(admit(first));
    if (base === undefined) return;
    const path = steps.reduce<readonly Json[]>((before, step) => {
      const last = before.at(-1) ?? base;
      const next = subject.affordable(admit(step(last), last));
      if (next === undefined) refused += 1;
      return next === undefined || isSameJson(next, last) ? before : [...before, next];
    }, [base]);
    const last = path.at(-1) ?? base;
    const whole = returns && path.length > 1 && admit(base, last) !== undefined ? [...path, base] : path;
    applied += whole.length;
    const violations = await judge.walk(whole);
    if (violations.length === 0) return;
    fall = { specs: whole, violations };
    throw new Error('the walk went wrong');
  });
  const { numRuns, counterexamplePath } = await fc.check(property, { seed, numRuns: count, endOnFailure: true });
  if (counterexamplePath !== null) await fc.check(property, { seed, path: counterexamplePath, numRuns: 1, interruptAfterTimeLimit: shrinkMs });
  return { walks: numRuns, applied, refused, ...(fall === undefined ? {} : { fall }) };
}

function walk({ kind, specs: own }: Subject): fc.Arbitrary<{ readonly first: Json; readonly steps: readonly Step[]; readonly returns: boolean }> {
  const valid = specs[kind];
  if (valid === undefined) throw new Error(`nothing generates a ${kind}`);
  const places = leaves(kind);
  const change: fc.Arbitrary<Step> = fc.nat(places.length - 1).chain((index) => changesAt(places[index] ?? { path: [], schema: {} }));
  const jump: fc.Arbitrary<Step> = valid.map((spec) => () => spec);
  return fc.record({
    first: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...own) }, { weight: 1, arbitrary: valid }),
    steps: fc.array(fc.oneof({ weight: 5, arbitrary: change }, { weight: 1, arbitrary: jump }), { minLength: 1, maxLength: longest }),
    returns: fc.nat(3).map((odds) => odds > 0),
  });
}

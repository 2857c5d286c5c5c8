import { isSameJson } from '../../../operator/runtime/canonical.ts';
import { asItems } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { digestOf } from '../../faults/digest.ts';
import { namingOf } from '../../faults/naming.ts';
import { perform } from '../../faults/perform.ts';
import { simulated } from '../../faults/simulated/site.ts';
import type { Revision, Violation, World } from '../../faults/world.ts';
import { at, condition } from '../../integration/operator/watching.ts';
import { placeBystanders, touched } from './bystanders.ts';
import { patchFrom } from './edit.ts';
import { interruptions } from './serving.ts';
import type { Seen, Subject } from './subject.ts';

/** What became of specs that were applied one after another. */
export interface Trial {
  /** After each spec. */
  readonly standing: readonly Seen[];
  /** After what happened to the last one. */
  readonly challenged: Seen;
  readonly course: Json;
  readonly violations: readonly Violation[];
}

/** Applies specs to one object in a fresh world, and lets the operator come to rest after each. */
export async function trial(subject: Subject, specs: readonly Json[], seed: number): Promise<Trial> {
  const standing: Seen[] = [];
  const found: Violation[] = [];
  let settled = 0;
  let challenged: Seen | undefined;
  const { performance, history } = await perform({
    name: subject.kind,
    play: async (world) => {
      await placeBystanders(world);
      await subject.surround(world);
      settled = world.history.length;
      for (const [index, spec] of specs.entries()) {
        const before = specs[index - 1];
        // As kubectl does it. Of what is applied on the server, defaults below an object that is left out would stay.
        if (before === undefined) await world.apply(subject.plural, { kind: subject.kind, metadata: { name: subject.name }, spec });
        else await world.mergePatch(subject.plural, subject.name, { spec: patchFrom(before, spec) });
        await subject.rest(world);
        standing.push(seenOf(subject, world));
        found.push(...unlike(subject, spec, world));
      }
      await subject.challenge(world);
      challenged = seenOf(subject, world);
      await subject.calm?.(world);
    },
  }, { level: simulated, seed, plan: { faults: [] } });
  const summary = { digest: {}, summary: 'nothing' };
  return {
    standing, challenged: challenged ?? summary, course: subject.course(history),
    violations: [...performance.violations, ...found, ...touched(history.slice(settled)), ...confessions(history), ...(specs.every((spec) => subject.serves(spec)) ? interruptions(subject, history) : [])],
  };
}

function seenOf(subject: Subject, { history, namespace, view }: World): Seen {
  const live = view.get(subject.plural, subject.name);
  const verdict = condition(live, subject.kind === 'PipelineRun' ? 'Succeeded' : 'Ready');
  return { digest: digestOf(history, namingOf(history, namespace)), summary: `${verdict?.status ?? 'no condition'} ${verdict?.reason ?? ''}` };
}

/** Where what the operator made is not what the spec says. */
function unlike(subject: Subject, spec: Json, { view }: World): Violation[] {
  return subject.mirrored(spec, view).filter(([, found, said]) => !isSameJson(found, said))
    .map(([place, there, said]) => ({ oracle: 'equal to the spec', detail: `${place} is ${JSON.stringify(there)}, and the spec says ${JSON.stringify(said)}` }));
}

/** A pass that throws says so in a condition. */
function confessions(history: readonly Revision[]): Violation[] {
  const messages = history.flatMap(({ live }) => asItems(at(live, 'status', 'conditions')).filter((one) => at(one, 'reason') === 'CannotReconcile').map((one) => String(at(one, 'message'))));
  return [...new Set(messages)].map((detail) => ({ oracle: 'no throw', detail }));
}

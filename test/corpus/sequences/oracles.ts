import { canonicalJson, isSameJson } from '../../../operator/runtime/canonical.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { differences } from '../../faults/digest.ts';
import type { Violation } from '../../faults/world.ts';
import { lacking } from './edit.ts';
import type { Seen, Subject } from './subject.ts';
import { trial, type Trial } from './trial.ts';

/** Plays walks of one subject; what became of a fresh object with a spec is kept. */
export interface Judge {
  fresh(spec: Json): Promise<Trial>;
  /** What is wrong with a walk from spec to spec; a spec that came before is a return. */
  walk(specs: readonly Json[]): Promise<Violation[]>;
}

/** As many differences as are told of one end. */
const told = 4;
/** Fresh objects that are kept: those of the specs that walks begin with come again and again. */
const kept = 50;

export function judgeOf(subject: Subject, seed: number): Judge {
  const known = new Map<string, Trial>();
  const fresh = async (spec: Json): Promise<Trial> => {
    const key = canonicalJson(spec);
    const found = known.get(key) ?? await trial(subject, [spec], seed);
    if (known.size < kept) known.set(key, found);
    return found;
  };
  return {
    fresh,
    walk: async (specs) => {
      const path = await trial(subject, specs, seed);
      const violations = [...path.violations];
      for (const [index, spec] of specs.entries()) {
        const other = await fresh(spec);
        if (index === 0) violations.push(...other.violations);
        else violations.push(...apart(subject, spec, { name: named(specs, index), path: path.standing[index], fresh: other.standing[0] }));
        if (index === specs.length - 1) violations.push(...apart(subject, spec, { name: `${named(specs, index)}, and after the challenge`, path: path.challenged, fresh: other.challenged }));
      }
      return violations;
    },
  };
}

function named(specs: readonly Json[], index: number): string {
  return specs.slice(0, index).some((before) => isSameJson(before, specs[index])) ? 'return' : 'path versus fresh';
}

/** Where an object that came to a spec by a path differs from a fresh one. Of a spec that it cannot satisfy, both say the same; what came before goes on. */
function apart(subject: Subject, spec: Json, { name, path, fresh }: { readonly name: string; readonly path: Seen | undefined; readonly fresh: Seen | undefined }): Violation[] {
  if (path === undefined || fresh === undefined || subject.goesOn(spec, path, fresh)) return [];
  if (path.summary !== fresh.summary) return [{ oracle: name, detail: `the object is ${path.summary}, and a fresh one ${fresh.summary}` }];
  if (!fresh.summary.startsWith('True')) return [];
  return differences(subject.lasting(fresh, spec), subject.lasting(path, spec)).slice(0, told)
    .map(({ path: place, before, after }) => ({ oracle: name, detail: `${place} is ${shown(after)}, and ${shown(before)} of a fresh object` }));
}

function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** Members that say what the spec is, and not what it leads to: copies and digests of it. */
const copies = new Set(['startedDigest', 'snapshotDigest', 'snapshot', 'nextRun', 'modelkeeper.dev/spec-digest']);

/** Whether two specs lead to anything different, besides copies of themselves. */
export function tells(subject: Subject, one: Trial, other: Trial): boolean {
  return !isSameJson(effects(subject, one), effects(subject, other));
}

function effects(subject: Subject, { standing, challenged, course }: Trial): unknown {
  return [standing.map((seen) => effect(subject, seen)), effect(subject, challenged), course];
}

function effect({ plural, name, kind }: Subject, { digest, summary }: Seen): unknown {
  const key = `${plural}/${name}`;
  const { spec: _spec, ...live } = asRecord(digest[key]) ?? {};
  const others = Object.fromEntries(Object.entries(digest).filter(([object]) => object !== key && !object.startsWith('controllerrevisions/')));
  const status = asRecord(live['status']) ?? {};
  return lacking([summary, others, { ...live, status: kind === 'ModelDeployment' ? lacking(status, new Set(['handled'])) : status }], copies);
}

import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { at } from '../integration/operator/watching.ts';
import { canonicalJson } from '../../operator/runtime/canonical.ts';
import { ourPlurals, endOf } from './digest.ts';
import { controllerOf } from './naming.ts';
import { textAt } from './text.ts';
import type { Revision, Violation } from './world.ts';

/** What must hold at every instant of every run, whatever happens to the operator. */
export function brokenInvariants(history: readonly Revision[]): Violation[] {
  const found = [...weights(history), ...liveJobs(history), ...latches(history), ...counters(history), ...serving(history), ...orphans(history)];
  const seen = new Set<string>();
  return found.filter(({ oracle, detail }) => !seen.has(`${oracle} ${detail}`) && seen.add(`${oracle} ${detail}`));
}

/** Weights of a ModelDeployment add up to 100, or to 0 while nothing serves. */
function weights(history: readonly Revision[]): Violation[] {
  return history.flatMap(({ plural, name, type, live }) => {
    if (plural !== 'modeldeployments' || type === 'Deleted') return [];
    const versions = asItems(at(live, 'status', 'versions')).map(asRecord);
    const sum = versions.reduce((total, version) => total + Number(version?.['weight'] ?? 0), 0);
    const serves = at(live, 'status', 'activeVersion') !== undefined;
    return sum === 100 || (sum === 0 && !serves) ? [] : [{ oracle: 'weights', detail: `the weights of ${name} add up to ${sum}` }];
  });
}

/** At most one Job of a step of a run has not ended. */
function liveJobs(history: readonly Revision[]): Violation[] {
  const live = new Map<string, string>();
  const violations: Violation[] = [];
  for (const { plural, uid, type, live: job } of history) {
    const owner = controllerOf(job);
    const step = at(job, 'metadata', 'labels', 'modelkeeper.dev/step');
    if (plural !== 'jobs' || owner?.kind !== 'PipelineRun' || typeof step !== 'string') continue;
    if (type === 'Deleted' || at(job, 'metadata', 'deletionTimestamp') !== undefined || hasEnded(job)) live.delete(uid);
    else live.set(uid, `${owner.uid} ${step}`);
    const same = [...live.values()].filter((one) => one === `${owner.uid} ${step}`).length;
    if (same > 1) violations.push({ oracle: 'one live Job', detail: `step ${step} has ${same} Jobs that run` });
  }
  return violations;
}

function hasEnded(job: Json): boolean {
  return asItems(at(job, 'status', 'conditions')).map(asRecord).some((one) => one?.['status'] === 'True' && (one['type'] === 'Complete' || one['type'] === 'Failed'));
}

const endings: ReadonlySet<unknown> = new Set(['Succeeded', 'Failed', 'Error', 'Cancelled', 'Omitted']);

/** A run that has ended never changes again, and neither does a step. */
function latches(history: readonly Revision[]): Violation[] {
  const runs = new Map<string, string>();
  const steps = new Map<string, string>();
  const violations: Violation[] = [];
  const latch = (known: Map<string, string>, key: string, value: unknown, what: string): void => {
    const text = canonicalJson(value);
    if ((known.get(key) ?? text) !== text) violations.push({ oracle: 'latched', detail: `${what} has ended and changed again` });
    known.set(key, text);
  };
  for (const { plural, uid, live } of history) {
    if (plural !== 'pipelineruns') continue;
    const { writerEpoch: _epoch, observedGeneration: _generation, conditions: _conditions, ...status } = asRecord(live['status']) ?? {};
    if (status['finishedAt'] !== undefined || runs.has(uid)) latch(runs, uid, status, 'the run');
    for (const step of asItems(status['steps']).map(asRecord)) {
      const key = `${uid} ${String(step?.['name'])}`;
      if (endings.has(step?.['state']) || steps.has(key)) latch(steps, key, step, `step ${String(step?.['name'])}`);
    }
  }
  return violations;
}

/** What never falls, and what it is taken for where it is not set. */
const never = [['writerEpoch', 0], ['observedGeneration', -1]] as const;

/** Neither the term of the last writer nor the generation it saw ever falls. */
function counters(history: readonly Revision[]): Violation[] {
  const highest = new Map<string, number>();
  return history.flatMap(({ plural, name, uid, live }) => (ourPlurals.has(plural) ? never : []).flatMap(([member, least]): Violation[] => {
    const value = Number(at(live, 'status', member) ?? least);
    const before = highest.get(`${uid} ${member}`) ?? least;
    highest.set(`${uid} ${member}`, Math.max(before, value));
    return value < before ? [{ oracle: 'monotone', detail: `${member} of ${plural}/${name} fell from ${before} to ${value}` }] : [];
  }));
}

/** As long as a ModelDeployment lives, what a version serves with that gets requests is never taken away, nor is its stable address. */
function serving(history: readonly Revision[]): Violation[] {
  const present = new Map<string, Set<string>>();
  const asked = new Map<string, ReadonlySet<string>>();
  const violations: Violation[] = [];
  for (const { plural, name, uid, type, live } of history) {
    const gone = type === 'Deleted' || at(live, 'metadata', 'deletionTimestamp') !== undefined;
    if (plural === 'modeldeployments') {
      if (gone) asked.delete(uid);
      else asked.set(uid, versionsAsked(live));
    }
    const owner = controllerOf(live);
    if ((plural !== 'deployments' && plural !== 'services') || owner?.kind !== 'ModelDeployment') continue;
    const version = textAt(live, 'metadata', 'labels', 'modelkeeper.dev/model-version');
    const children = present.get(owner.uid) ?? new Set<string>();
    present.set(owner.uid, children);
    if (!gone) children.add(`${plural}/${name}`);
    else if (children.delete(`${plural}/${name}`) && asked.get(owner.uid)?.has(version)) {
      violations.push({ oracle: 'serving', detail: `${plural}/${name} was removed while it served` });
    }
  }
  return violations;
}

/** The versions that get requests; the empty name is that of what belongs to all. */
function versionsAsked(live: Json): ReadonlySet<string> {
  const weighed = asItems(at(live, 'status', 'versions')).map(asRecord).filter((version) => Number(version?.['weight'] ?? 0) > 0);
  return new Set(['', textAt(live, 'status', 'activeVersion'), ...weighed.map((version) => String(version?.['name']))]);
}

/** In the end, every child's owner is there, and in the same namespace. */
function orphans(history: readonly Revision[]): Violation[] {
  const end = endOf(history);
  const uids = new Set(end.map(({ uid }) => uid));
  return end.flatMap(({ plural, name, live }) => {
    const owner = controllerOf(live);
    return plural === 'pods' || owner === undefined || uids.has(owner.uid) ? [] : [{ oracle: 'orphans', detail: `${plural}/${name} has lost its owner ${owner.kind} ${owner.name}` }];
  });
}

import { asItems, asRecord } from '../../operator/runtime/json.ts';
import { masked } from './signature.ts';
import type { Revision } from './world.ts';

/** Labels by which two objects whose names differ only in a hash are told apart. */
const telling = ['modelkeeper.dev/step', 'modelkeeper.dev/model-version', 'modelkeeper.dev/component'] as const;

/** Names and uids that are the same in every run. */
export interface Naming {
  /** `jobs/fraud-*-train-*[train]#2` for the second such Job. Objects that only have been written to are named by their bare name. */
  object(plural: string, name: string): string;
  /** The text with every name, uid, time and address in it replaced by what is the same in every run. */
  text(value: string): string;
  /** The number, or what is the same in every run in place of the port of model servers. */
  number(value: number): number | string;
}

/**
 * A generated name ends with a hash of uids, so it differs from run to run. It becomes the name without the hash, the
 * labels that say what it is for, and, when there are several of those, which one it was in the order of creation.
 */
export function namingOf(history: readonly Revision[], namespace: string, modelPort?: number): Naming {
  /** By kind and name: a Deployment and a Service may share a name, and are created in any order. */
  const objects = new Map<string, string>();
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const uids = new Map<string, string>();
  for (const { plural, name, uid, live } of history) {
    if (plural === 'pods') continue;
    const key = `${plural}/${name}`;
    const stable = objects.get(key) ?? alias({ plural, name, live }, counts);
    objects.set(key, stable);
    if (!names.has(name)) names.set(name, stable);
    if (!uids.has(uid)) uids.set(uid, `<uid of ${plural} ${stable}>`);
  }
  const generated = [...names].filter(([name, stable]) => name !== stable).sort(([a], [b]) => b.length - a.length);
  const text = (value: string): string => {
    let result = value;
    if (/[0-9a-f]{8}/.test(result)) {
      for (const [name, stable] of generated) result = result.replaceAll(name, stable);
      for (const [uid, stable] of uids) result = result.replaceAll(uid, stable);
      result = masked(result.replaceAll(uuids, '<uid>'));
    }
    result = result.replaceAll(shares, '<share>').replaceAll(terms, '"epoch":<term>').replaceAll(revisions, '"revision":"<revision>"');
    if (value === String(modelPort)) return port;
    if (modelPort !== undefined) result = result.replaceAll(`:${modelPort}`, `:${port}`);
    return result.replaceAll(times, '<time>').replaceAll(addresses, '<address>').replaceAll(namespace, '<namespace>');
  };
  return {
    object: (plural, name) => `${plural}/${objects.get(`${plural}/${name}`) ?? masked(name)}`,
    text, number: (value) => (value === modelPort ? port : value),
  };
}

const times = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;
const uuids = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
/** What was counted by then depends on when somebody looked. */
const shares = /\b\d+(\.\d+)? %/g;
/** The term of the leader, in what routers start with. */
const terms = /"epoch":\d+/g;
/** A hash of what else is told to routers, in which the namespace is. */
const revisions = /"revision":"[0-9a-f]{8}(-cold)?"/g;
/** Model servers listen on one that is free. */
const port = '<port>';
const addresses = /\b(\d{1,3}\.){3}\d{1,3}\b/g;

function alias({ plural, name, live }: Pick<Revision, 'plural' | 'name' | 'live'>, counts: Map<string, number>): string {
  const bare = masked(name);
  if (bare === name) return name;
  const labels = asRecord(asRecord(live['metadata'])?.['labels']);
  const what = telling.map((label) => labels?.[label]).filter((value) => typeof value === 'string').join(' ');
  const full = what === '' ? bare : `${bare}[${what}]`;
  const count = (counts.get(`${plural}/${full}`) ?? 0) + 1;
  counts.set(`${plural}/${full}`, count);
  return count === 1 ? full : `${full}#${count}`;
}

/** The owner of an object that has the say over it. */
export function controllerOf(live: Revision['live']): { readonly uid: string; readonly kind: string; readonly name: string } | undefined {
  const owner = asItems(asRecord(live['metadata'])?.['ownerReferences']).map(asRecord).find((one) => one?.['controller'] === true);
  return owner && { uid: String(owner['uid']), kind: String(owner['kind']), name: String(owner['name']) };
}

import type { Cluster, Reader } from './cluster.ts';
import type { Action, Child, Controller } from './controller.ts';
import { hold } from './controller.ts';
import { classify, isAlreadyExists, NameConflict } from './errors.ts';
import { apiVersion, type Json, type Meta, type Resource, type Stored } from './kind.ts';
import { issuerLabel, managedBy, managedByLabel } from './names.ts';
import { desiredHash } from './owned.ts';

/** A child as the cache keeps it: with the hash of what we own of it. */
export interface StoredChild extends Stored {
  readonly owned: string;
}

/** One write that brings the cluster closer to the plan. */
export interface Write {
  readonly verb: 'create' | 'apply' | 'delete';
  readonly resource: Resource;
  readonly name: string;
  run(cluster: Cluster): Promise<void>;
}

/** Parent of the children that are written. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Meta;
}

type Owns = Pick<Controller<unknown, never, string, unknown>, 'owns'>['owns'];

/** The writes that are missing, in no particular order; none when the cluster is as the action says. */
export function missingWrites(owner: Owner, owns: Owns, action: Action<unknown>, read: Reader): Write[] {
  const removals = (action.remove ?? []).map(({ resource, object }) => removal(resource, object));
  const { children } = action;
  if (children === hold) return removals;
  const kept = new Set(children.map(({ resource, body }) => `${resource.kind}/${body.metadata.name}`));
  const stale = owns
    .filter(({ life }) => life === 'Apply')
    .flatMap(({ resource }) => read.owned(resource, owner.metadata.uid)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined && !kept.has(`${resource.kind}/${metadata.name}`))
      .map((object) => removal(resource, object)));
  return [...children.flatMap((child) => childWrites(owner, child, read)), ...stale, ...removals];
}

function childWrites(owner: Owner, child: Child, read: Reader): Write[] {
  const { resource } = child;
  const name = child.body.metadata.name;
  const live = read.get(resource, owner.metadata.namespace, name);
  const body = stamp(owner, child);
  if (!live) return [{ verb: 'create', resource, name, run: (cluster) => create(cluster, owner, child, body) }];
  if (!belongs(owner, child, live)) return [conflict(resource, name)];
  if (child.life !== 'Apply') return [];
  if (isRight(live, body)) return [];
  const { uid, resourceVersion } = live.metadata;
  return [{ verb: 'apply', resource, name, run: async (cluster) => { await cluster.apply(resource, body, { uid, resourceVersion }); } }];
}

/**
 * When the name is taken by our own child, which the cache does not show, it is either too new, and there is nothing to
 * do, or someone took away the label by which it is seen, and an apply gives it back.
 */
async function create(cluster: Cluster, owner: Owner, child: Child, body: Json): Promise<void> {
  try {
    await cluster.create(child.resource, body);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const taken = await cluster.lookup(child.resource, owner.metadata.namespace, child.body.metadata.name);
    if (!taken) return;
    if (!belongs(owner, child, taken)) throw new NameConflict(child.resource.kind, child.body.metadata.name);
    if (child.life !== 'Apply' || isRight(taken, body)) return;
    await cluster.apply(child.resource, body, { uid: taken.metadata.uid, resourceVersion: taken.metadata.resourceVersion });
  }
}

/** Whether an applied child is as it should be, or is going anyway. */
function isRight(live: Stored, body: Json): boolean {
  return live.metadata.deletionTimestamp !== undefined || (live as StoredChild).owned === desiredHash(body);
}

function belongs(owner: Owner, child: Child, object: Stored): boolean {
  return child.life === 'Issue'
    ? object.metadata.labels[issuerLabel] === owner.metadata.uid
    : object.metadata.owner?.uid === owner.metadata.uid;
}

function conflict(resource: Resource, name: string): Write {
  return { verb: 'create', resource, name, run: () => Promise.reject(new NameConflict(resource.kind, name)) };
}

function removal(resource: Resource, { metadata }: Stored): Write {
  return { verb: 'delete', resource, name: metadata.name, run: (cluster) => cluster.remove(resource, metadata, { uid: metadata.uid }) };
}

/** The child as it is sent: with namespace, the engine's labels, and the owner or the issuer. */
export function stamp(owner: Owner, child: Child): Json {
  const { metadata, ...rest } = child.body;
  const labels = { ...(metadata['labels'] as Json | undefined), [managedByLabel]: managedBy };
  return {
    apiVersion: apiVersion(child.resource),
    kind: child.resource.kind,
    metadata: {
      ...metadata,
      namespace: owner.metadata.namespace,
      labels: child.life === 'Issue' ? { ...labels, [issuerLabel]: owner.metadata.uid } : labels,
      ...(child.life === 'Issue' ? {} : {
        ownerReferences: [{
          apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid,
          controller: true, blockOwnerDeletion: true,
        }],
      }),
    },
    ...rest,
  };
}

/** All writes side by side; the worst of what went wrong, or undefined. A write that fails does not stop the others. */
export async function perform(writes: readonly Write[], cluster: Cluster): Promise<unknown> {
  const outcomes = await Promise.allSettled(writes.map((write) => write.run(cluster)));
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  return errors.find((error) => classify(error) === 'Terminal') ?? errors[0];
}

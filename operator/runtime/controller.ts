import type { CommonStatus, CustomKind, CustomObject } from '../api/kind.ts';
import type { Reader } from './cluster.ts';
import type { Activity, Verdict } from './conditions.ts';
import type { Json, Meta, Resource, Stored } from './kind.ts';

/**
 * How a child lives.
 * Apply: server-side applied, repaired when someone edits it, removed when no longer named; owned.
 * CreateOnce: created once and never touched again; owned, so it goes with its parent.
 * Issue: created once and left alone for good; not owned, so it outlives its parent. Linked by a label with the parent's uid.
 */
export type Life = 'Apply' | 'CreateOnce' | 'Issue';

/** A kind of children. Applied ones are removed when they are no longer named, others only where `removes` says so. */
export interface Owned {
  readonly resource: Resource;
  readonly life: Life;
  readonly removes?: true;
}

export interface Child {
  readonly life: Life;
  readonly resource: Resource;
  /** The object without apiVersion, kind, namespace, owner and the engine's labels, which the engine adds. */
  readonly body: Json & { readonly metadata: Json & { readonly name: string } };
}

/** Leaves every child as it is: the answer when an input is missing. An empty list of children would remove them. */
export const hold = Symbol('hold');

export interface Action<Want = undefined> {
  readonly children: readonly Child[] | typeof hold;
  /** CreateOnce children to delete. */
  readonly remove?: readonly { readonly resource: Resource; readonly object: Stored }[];
  /** What the controller's source is to bring about outside the API server. */
  readonly want?: Want;
}

export interface Decision<Status, C extends string> {
  readonly status: Omit<Status, keyof CommonStatus>;
  readonly conditions: Readonly<Record<C, Verdict>>;
  readonly activity: Activity;
  /** Come back after this time, also when nothing has changed. */
  readonly recheckAfterMs?: number;
}

/** Something outside the API server that a controller follows: it is told what is wanted, and tells what it sees. */
export interface Source<Want, Fact> {
  want(key: string, want: Want | undefined): void;
  facts(key: string): Fact;
  onChange(listener: (key: string) => void): void;
}

/** An object whose spec satisfies its schema. */
export type Live<Spec, Status extends CommonStatus> = CustomObject<Spec, Status> & { readonly spec: Spec };

export interface Watched<T extends Stored = Stored> {
  readonly resource: Resource<T>;
  /** Keys of the objects that must be looked at when this object changes. */
  affects(object: T, read: Reader): readonly string[];
}

/**
 * The logic of one kind, in three pure functions. `decide` has the clock but builds nothing; `act` builds but has
 * neither clock nor fresh decisions: it sees only what is recorded in status. So whatever a decision causes, the
 * decision is on record first, and a crash in between changes nothing.
 */
export interface Controller<Spec, Status extends CommonStatus, C extends string, Seen, Want = undefined, Fact = undefined> {
  readonly kind: CustomKind<Spec, Status, C>;
  readonly owns: readonly Owned[];
  readonly reads: readonly Watched[];
  readonly source?: Source<Want, Fact>;
  /** What the source GETs from the API server, such as pods/log; nothing of it is watched. */
  readonly gets?: readonly Pick<Resource, 'group' | 'plural'>[];
  /** Gathers from the caches everything the two others may look at. */
  observe(read: Reader, object: Live<Spec, Status>, facts: Fact | undefined): Seen;
  /** What should exist, given what is recorded. */
  act(object: Live<Spec, Status>, seen: Seen): Action<Want>;
  /** What to record next. Deciding again and again on its own outcome comes to rest, or the engine would write for ever. */
  decide(object: Live<Spec, Status>, seen: Seen, now: number): Decision<Status, C>;
}

/** The type of a watched resource is erased so that resources of several types fit one list. */
export function watched<T extends Stored>(resource: Resource<T>, affects: (object: T, read: Reader) => readonly string[]): Watched {
  return { resource, affects };
}

/** The key of an object's controlling owner, if it has one of this kind. */
export function ownerKey(metadata: Meta, kind: string): string | undefined {
  return metadata.owner?.kind === kind ? `${metadata.namespace}/${metadata.owner.name}` : undefined;
}

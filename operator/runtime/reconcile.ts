import type { CommonStatus, CustomObject } from '../api/kind.ts';
import { valid } from '../api/kind.ts';
import { isSameJson } from './canonical.ts';
import type { Cluster } from './cluster.ts';
import { activityConditions, no, settle, unknown, yes, type Activity, type Verdict } from './conditions.ts';
import { hold, type Action, type Controller, type Decision, type Live } from './controller.ts';
import { classify, ApiError } from './errors.ts';
import { eventsOf, type Transition } from './events.ts';
import { asItems, asRecord } from './json.ts';
import { apiVersion, keyOf, type Json, type Resource } from './kind.ts';
import { describeError } from './log.ts';
import { missingWrites, perform, type Write } from './writes.ts';

/** What one pass over one object came to. */
export interface Outcome {
  readonly result: 'Success' | 'Requeue' | 'Error' | 'Terminal';
  readonly recheckAfterMs?: number;
  readonly error?: unknown;
}

export interface Pass {
  readonly cluster: Cluster;
  /** Term of the leader, written with each status. */
  readonly epoch: () => number;
  /** When that term began, in milliseconds since the epoch by the API server's clock; Infinity when that is not known. */
  readonly since: () => number;
  readonly now: () => number;
  /** Name of the process in Events. */
  readonly instance: string;
}

/** How long a refusal that only a user can lift is left alone, when nothing else changes. */
const terminalRetryMs = 300_000;

/**
 * One pass: observe, act on what is recorded, decide what to record next. The only writer. Nothing is written to a
 * child before the object's status bears this leader's term, so that an earlier leader can no longer write there; but
 * one that was created in this term no earlier leader has ever seen.
 */
export async function reconcile<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(
  controller: Controller<Spec, Status, C, Seen, Want, Fact>, key: string, pass: Pass,
): Promise<Outcome> {
  const { cluster } = pass;
  const [namespace = '', name = ''] = key.split('/');
  const object = cluster.read.get(controller.kind, namespace, name);
  const live = valid(object);
  if (!object || object.metadata.deletionTimestamp !== undefined) {
    controller.source?.want(key, undefined);
    return { result: 'Success' };
  }
  if (!live) return recordInvalid(controller, object, pass);
  try {
    return await passOver(controller, live, pass);
  } catch (error) {
    if (!(error instanceof LogicError)) throw error;
    await recordUnfit(controller, object, { reason: 'CannotReconcile', message: error.message }, pass);
    return { result: 'Terminal', error, recheckAfterMs: terminalRetryMs };
  }
}

/** What a controller threw. Its functions are pure, so trying again helps only when something has changed. */
class LogicError extends Error {
  constructor(cause: unknown) {
    super(`the operator cannot deal with this object: ${describeError(cause)}`.slice(0, 256), { cause });
  }
}

function logic<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new LogicError(error);
  }
}

async function passOver<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(
  controller: Controller<Spec, Status, C, Seen, Want, Fact>, live: Live<Spec, Status>, pass: Pass,
): Promise<Outcome> {
  const { cluster } = pass;
  const key = keyOf(live.metadata);
  const look = (): Seen => logic(() => controller.observe(cluster.read, live, controller.source?.facts(key)));
  const decide = (seen: Seen) => logic(() => controller.decide(live, seen, pass.now()));

  const seen = look();
  const action = logic(() => controller.act(live, seen));
  const owner = { apiVersion: apiVersion(controller.kind), kind: controller.kind.kind, metadata: live.metadata };
  const writes = logic(() => missingWrites(owner, controller.owns, action, cluster.read));
  const unfenced = writes.length > 0 && live.status.writerEpoch !== pass.epoch();
  if (unfenced) {
    const decision = decide(seen);
    if (!isUntouched(live, writes, pass) || follows(controller, live, { action, seen, decision })) {
      await record(controller, live, { ...decision, takeOver: true }, pass);
      return { result: 'Requeue' };
    }
  }
  // Before the writes, which the API server may hold up: traffic must not wait for them.
  controller.source?.want(key, action.want);
  const error = writes.length > 0 ? await perform(writes, cluster) : undefined;
  // Its first status is written when it is looked at again, and then often tells of children that are ready.
  if (unfenced && error === undefined) return { result: 'Requeue' };

  const decision = decide(writes.length > 0 ? look() : seen);
  await record(controller, live, error === undefined ? decision : withProblem(controller, live, decision, error), pass);
  return outcomeOf(error, decision.recheckAfterMs);
}

/** Whether no earlier leader can have seen the object, and nobody has done anything about it yet. */
function isUntouched({ metadata, status }: CustomObject<unknown, CommonStatus>, writes: readonly Write[], { since }: Pass): boolean {
  // Both times are whole seconds, rounded down.
  return status.observedGeneration < 0 && Date.parse(metadata.creationTimestamp) > since() && writes.every(({ verb }) => verb === 'create');
}

/** Whether an action would make something else once the decision is on record: then the decision has to come first. */
function follows<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(
  controller: Controller<Spec, Status, C, Seen, Want, Fact>, live: Live<Spec, Status>,
  { action, seen, decision }: { readonly action: Action<Want>; readonly seen: Seen; readonly decision: Decision<Status, C> },
): boolean {
  const status = recordOf(controller, live, decision);
  return !isSameJson(madeBy(action), madeBy(logic(() => controller.act({ ...live, status }, seen))));
}

/** What an action makes, to be compared. */
function madeBy({ children }: Action<unknown>): unknown {
  return children === hold ? 'held' : children.map(({ life, resource, body }) => ({ life, kind: resource.kind, body }));
}

/** The status with what is decided on record, and nothing else changed. */
function recordOf<Status extends CommonStatus, C extends string>(
  { kind }: { readonly kind: Controller<unknown, Status, C, unknown>['kind'] }, { status }: CustomObject<unknown, Status>, decision: Decision<Status, C>,
): Status {
  const { observedGeneration, writerEpoch, conditions } = status;
  return logic(() => kind.status.parse({ ...decision.status, observedGeneration, writerEpoch, conditions }));
}

function outcomeOf(error: unknown, recheckAfterMs: number | undefined): Outcome {
  const recheck = recheckAfterMs === undefined ? {} : { recheckAfterMs };
  if (error === undefined) return { result: 'Success', ...recheck };
  if (classify(error) === 'Terminal') return { result: 'Terminal', error, recheckAfterMs: Math.min(terminalRetryMs, recheckAfterMs ?? terminalRetryMs) };
  return { result: 'Error', error, ...recheck };
}

/**
 * Shows a refusal that needs a user in the summary condition. Whatever a retry may cure is not worth a write, and a
 * decision that records something new, such as another name, may lead to another act.
 */
function withProblem<Spec, Status extends CommonStatus, C extends string>(
  controller: { readonly kind: Controller<Spec, Status, C, unknown>['kind'] }, live: Live<Spec, Status>,
  decision: Decision<Status, C>, error: unknown,
): Decision<Status, C> {
  if (classify(error) !== 'Terminal' || !(error instanceof ApiError)) return decision;
  if (!isSameJson(recordOf(controller, live, decision), live.status)) return decision;
  const reason = error.reason === '' ? 'Refused' : error.reason;
  return {
    ...decision,
    conditions: { ...decision.conditions, [controller.kind.summary]: no(reason, error.message) },
    activity: 'Stalled',
  };
}

async function recordInvalid<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(
  controller: Controller<Spec, Status, C, Seen, Want, Fact>, object: CustomObject<Spec, Status>, pass: Pass,
): Promise<Outcome> {
  const problem = object.problem ?? 'the stored object does not satisfy its schema';
  if (object.unread) {
    await recordUnread(controller.kind, { ...object, unread: object.unread }, problem, pass);
    return { result: 'Terminal', error: new Error(problem) };
  }
  await recordUnfit(controller, object, { reason: 'InvalidSpec', message: problem }, pass);
  return { result: 'Success' };
}

/** In bytes; a status beyond this is none that an operator has recorded. */
const longestUnread = 65_536;

/** Says that the object is left as it is because its status cannot be read, beside all that this status says. */
async function recordUnread(
  kind: Resource, { metadata, status, unread }: CustomObject<unknown, CommonStatus> & { readonly unread: Json }, problem: string, pass: Pass,
): Promise<void> {
  const [stalled] = settle(status.conditions, { Stalled: yes('InvalidStatus', problem) }, { now: pass.now(), generation: metadata.generation });
  const before = status.conditions.find(({ type }) => type === 'Stalled');
  if (isSameJson(stalled, before)) return;
  const others = asItems(unread['conditions']).filter((condition) => asRecord(condition)?.['type'] !== 'Stalled');
  const next = { ...unread, writerEpoch: pass.epoch(), conditions: [...others, stalled] };
  if (Buffer.byteLength(JSON.stringify(next)) > longestUnread) return;
  await pass.cluster.applyStatus(kind, metadata, next);
}

/** Says in every condition why the object is left as it is. */
async function recordUnfit<Status extends CommonStatus, C extends string>(
  controller: { readonly kind: Controller<unknown, Status, C, unknown>['kind'] }, object: CustomObject<unknown, Status>,
  { reason, message }: Pick<Verdict, 'reason' | 'message'>, pass: Pass,
): Promise<void> {
  const conditions = Object.fromEntries(controller.kind.conditions.map((type) => [
    type, type === controller.kind.summary ? no(reason, message) : unknown(reason, message),
  ])) as Record<C, Verdict>;
  await record(controller, object, { status: object.status, conditions, activity: 'Stalled' }, pass);
}

/**
 * Writes the status if it differs from the stored one, and tells people about conditions that changed. To take over
 * from an earlier leader is to write it even when nothing differs but the term.
 */
async function record<Status extends CommonStatus, C extends string>(
  controller: { readonly kind: Controller<unknown, Status, C, unknown>['kind'] },
  object: CustomObject<unknown, Status>,
  decision: { readonly status: Json; readonly conditions: Readonly<Record<C, Verdict>>; readonly activity: Activity; readonly takeOver?: boolean },
  pass: Pass,
): Promise<void> {
  const { kind } = controller;
  const { metadata, status: before } = object;
  const verdicts: Record<string, Verdict> = { ...decision.conditions, ...activityConditions(decision.activity, decision.conditions[kind.summary]) };
  const next = {
    ...decision.status,
    observedGeneration: metadata.generation,
    conditions: settle(before.conditions, verdicts, { now: pass.now(), generation: metadata.generation }),
  };
  const normal = logic(() => kind.status.parse({ ...next, writerEpoch: decision.takeOver ? pass.epoch() : before.writerEpoch }));
  if (isSameJson(normal, before)) return;
  await pass.cluster.applyStatus(kind, metadata, { ...next, writerEpoch: pass.epoch() });
  const transition: Transition = { kind, metadata, before: before.conditions, after: next.conditions };
  for (const event of eventsOf(transition, { now: pass.now(), instance: pass.instance })) await pass.cluster.event(event);
}

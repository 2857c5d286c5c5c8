import type { Condition } from '../api/kind.ts';
import { shortHash } from './names.ts';
import { apiVersion, type Json, type Meta, type Resource } from './kind.ts';

export interface Transition {
  readonly kind: Pick<Resource, 'group' | 'version' | 'kind'>;
  readonly metadata: Meta;
  readonly before: readonly Condition[];
  readonly after: readonly Condition[];
}

/** Conditions that say what the operator is doing; they come and go too often to be told as Events. */
const untold = new Set(['Reconciling']);

/** One Event for each condition whose status or reason changed; none for a condition that is merely there for the first time without news. */
export function eventsOf(transition: Transition, at: { readonly now: number; readonly instance: string }): Json[] {
  const { before, after } = transition;
  return after
    .filter((condition) => !untold.has(condition.type))
    .filter((condition) => {
      const previous = before.find(({ type }) => type === condition.type);
      if (!previous) return condition.status === 'True' || condition.type === 'Stalled';
      return previous.status !== condition.status || previous.reason !== condition.reason;
    })
    .map((condition) => event(transition, condition, at));
}

function event({ kind, metadata }: Transition, condition: Condition, at: { readonly now: number; readonly instance: string }): Json {
  const time = new Date(at.now).toISOString().replace('Z', '000Z');
  const bad = condition.status === 'True' && (condition.type === 'Stalled' || condition.type === 'RolledBack');
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${shortHash(metadata.uid, condition.type, condition.status, condition.reason, time)}`, namespace: metadata.namespace },
    eventTime: time,
    reportingController: 'modelkeeper.dev/operator',
    reportingInstance: at.instance.slice(0, 128),
    action: 'Reconcile',
    reason: condition.reason.slice(0, 128),
    type: bad ? 'Warning' : 'Normal',
    note: `${condition.type} is ${condition.status}${condition.message === '' ? '' : `: ${condition.message}`}`,
    regarding: { apiVersion: apiVersion(kind), kind: kind.kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
  };
}

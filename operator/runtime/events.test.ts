import { describe, expect, test } from '@jest/globals';
import type { Condition } from '../api/kind.ts';
import { eventsOf, type Transition } from './events.ts';
import type { Meta } from './kind.ts';

const metadata: Meta = {
  name: 'fraud', namespace: 'team', uid: 'u-1', resourceVersion: '7', generation: 2, creationTimestamp: '', labels: {}, annotations: {},
};
const kind = { group: 'modelkeeper.dev', version: 'v1alpha1', kind: 'Pipeline' };
const at = { now: Date.parse('2026-05-06T07:08:09.123Z'), instance: 'operator-1' };

function condition(type: string, status: Condition['status'], reason = 'Why', message = ''): Condition {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function events(before: readonly Condition[], after: readonly Condition[], on: Partial<Transition> = {}) {
  return eventsOf({ kind, metadata, before, after, ...on }, at);
}

describe('an Event is told', () => {
  test.each<[string, Condition | undefined, Condition, number]>([
    ['when the status changes', condition('Ready', 'False'), condition('Ready', 'True'), 1],
    ['when the reason changes', condition('Ready', 'False', 'A'), condition('Ready', 'False', 'B'), 1],
    ['not when only the message changes', condition('Ready', 'False', 'A', 'one'), condition('Ready', 'False', 'A', 'two'), 0],
    ['not when nothing changes', condition('Ready', 'True'), condition('Ready', 'True'), 0],
    ['when a condition is True from the start', undefined, condition('Ready', 'True'), 1],
    ['not when a condition is Unknown at first', undefined, condition('Ready', 'Unknown'), 0],
    ['not when a condition is False at first', undefined, condition('Ready', 'False'), 0],
    ['when an object stalls', undefined, condition('Stalled', 'True'), 1],
    ['not of work that begins', undefined, condition('Reconciling', 'True'), 0],
    ['not of work that goes on for another reason', condition('Reconciling', 'True', 'A'), condition('Reconciling', 'True', 'B'), 0],
  ])('%s', (_name, before, after, count) => {
    expect(events(before ? [before] : [], [after])).toHaveLength(count);
  });

  test('for each condition that changed', () => {
    expect(events([condition('Ready', 'False'), condition('Verified', 'False'), condition('Same', 'True')],
      [condition('Ready', 'True'), condition('Verified', 'True'), condition('Same', 'True')])).toHaveLength(2);
  });
});

test.each<[string, Condition['status'], string]>([
  ['Stalled', 'True', 'Warning'],
  ['RolledBack', 'True', 'Warning'],
  ['RolledBack', 'False', 'Normal'],
  ['Ready', 'True', 'Normal'],
  ['Ready', 'False', 'Normal'],
])('%s=%s is told as %s', (type, status, expected) => {
  const before = condition(type, status === 'True' ? 'False' : 'True');
  expect(events([before], [condition(type, status)])[0]?.['type']).toBe(expected);
});

test('an Event is what events.k8s.io wants', () => {
  const [event] = events([], [condition('Ready', 'True', 'RolledOut', 'all is well')]);
  expect(event).toMatchObject({
    apiVersion: 'events.k8s.io/v1', kind: 'Event', eventTime: '2026-05-06T07:08:09.123000Z', action: 'Reconcile', reason: 'RolledOut',
    reportingController: 'modelkeeper.dev/operator', reportingInstance: 'operator-1', note: 'Ready is True: all is well',
    regarding: { apiVersion: 'modelkeeper.dev/v1alpha1', kind: 'Pipeline', name: 'fraud', namespace: 'team', uid: 'u-1' },
    metadata: { namespace: 'team' },
  });
});

test('what is too long for an Event is cut', () => {
  const [event] = eventsOf({ kind, metadata, before: [], after: [condition('Ready', 'True', 'R'.repeat(500))] }, { ...at, instance: 'i'.repeat(500) });
  expect(event).toMatchObject({ reason: 'R'.repeat(128), reportingInstance: 'i'.repeat(128) });
});

test('two Events never have the same name', () => {
  const names = [
    ...events([], [condition('Ready', 'True'), condition('Verified', 'True')]),
    ...events([], [condition('Ready', 'True', 'Other')]),
    ...events([], [condition('Ready', 'True')], { metadata: { ...metadata, uid: 'u-2' } }),
    ...eventsOf({ kind, metadata, before: [], after: [condition('Ready', 'True')] }, { ...at, now: at.now + 1 }),
  ].map((event) => (event['metadata'] as Meta).name);
  expect(new Set(names).size).toBe(names.length);
});

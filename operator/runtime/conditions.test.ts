import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Condition } from '../api/kind.ts';
import { activityConditions, no, settle, timestamp, unknown, yes, type Verdict } from './conditions.ts';

const longAgo = '2020-01-01T00:00:00Z';
const now = Date.parse('2026-05-06T07:08:09.999Z');
const at = { now, generation: 3 };

function condition(status: Condition['status'], more: Partial<Condition> = {}): Condition {
  return { type: 'Ready', status, reason: 'Old', message: 'old', lastTransitionTime: longAgo, observedGeneration: 1, ...more };
}

function settled(before: readonly Condition[], verdict: Verdict): Condition | undefined {
  return settle(before, { Ready: verdict }, at)[0];
}

describe('lastTransitionTime', () => {
  test.each<[string, readonly Condition[], Verdict, boolean]>([
    ['stays when nothing changes', [condition('True')], yes('Old', 'old'), false],
    ['stays when only reason and message change', [condition('True')], yes('New', 'new'), false],
    ['stays when only the generation changes', [condition('False', { observedGeneration: 2 })], no('Old', 'old'), false],
    ['moves when the status changes', [condition('True')], no('Old', 'old'), true],
    ['moves when the status becomes unknown', [condition('False')], unknown('Old', 'old'), true],
    ['is now for a condition that is new', [], yes('New'), true],
    ['is that of the same type', [condition('False'), condition('True', { type: 'Other', lastTransitionTime: '2021-01-01T00:00:00Z' })], no('Old', 'old'), false],
  ])('%s', (_name, before, verdict, moves) => {
    expect(settled(before, verdict)?.lastTransitionTime).toBe(moves ? '2026-05-06T07:08:09Z' : longAgo);
  });
});

test('a condition says what the verdict says, and of which generation', () => {
  expect(settled([condition('True')], no('Broken', 'it broke'))).toEqual({
    type: 'Ready', status: 'False', reason: 'Broken', message: 'it broke', lastTransitionTime: timestamp(now), observedGeneration: 3,
  });
});

test('a condition that is no longer spoken of goes', () => {
  expect(settle([condition('True'), condition('True', { type: 'Stalled' })], { Ready: yes('Fine') }, at).map(({ type }) => type)).toEqual(['Ready']);
});

test('settling what is settled changes nothing', () => {
  fc.assert(fc.property(
    fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), fc.record({ status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const), reason: fc.string(), message: fc.string({ unit: 'grapheme', maxLength: 400 }) })),
    (verdicts) => {
      const once = settle([], verdicts, at);
      expect(settle(once, verdicts, { now: now + 3_600_000, generation: 3 })).toEqual(once);
    },
  ));
});

test('a message has at most 256 characters and no half ones, which the API server would change', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 200, maxLength: 400 }), (message) => {
    const written = settled([], yes('Fine', message))?.message ?? '';
    expect(written.length).toBeLessThanOrEqual(256);
    expect(written.isWellFormed()).toBe(true);
  }));
  expect(settled([], yes('Fine', `${'a'.repeat(255)}😀`))?.message.isWellFormed()).toBe(true);
});

test.each<[Parameters<typeof activityConditions>[0], string[]]>([
  ['Working', ['Reconciling']],
  ['Stalled', ['Stalled']],
  ['Settled', []],
])('an object that is %s bears the kstatus conditions %j', (activity, types) => {
  const conditions = activityConditions(activity, no('Why', 'because'));
  expect(Object.keys(conditions)).toEqual(types);
  for (const verdict of Object.values(conditions)) expect(verdict).toEqual({ status: 'True', reason: 'Why', message: 'because' });
});

test('times have whole seconds, in UTC', () => {
  expect(timestamp(Date.parse('2026-01-02T03:04:05.678+02:00'))).toBe('2026-01-02T01:04:05Z');
});

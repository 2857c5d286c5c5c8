import { expect, test } from '@jest/globals';
import { columnOf, faultPlans } from '../plan.ts';
import type { Course } from '../suite.ts';
import { performance } from '../histories.ts';
import { isAt, modes, outages, type Mode, type Write } from '../world.ts';
import { deal, realPlans } from './plans.ts';

function write(number: number): Write {
  return { number, instance: 0, signature: `PATCH batch/jobs job-${number} #1`, verb: 'PATCH', plural: 'jobs', name: `job-${number}`, status: 201, position: number };
}

function course(numbers: readonly number[], more: Partial<Course> = {}): Course {
  const writes = numbers.map(write);
  return { reference: { performance: performance({ writes }), mask: [] }, plans: [], sure: writes.map(({ signature }) => signature), violations: [], ...more };
}

test('what is played for real are the plans of the simulated run and outages, at writes that come in every real run', () => {
  const simulated = course([1, 2, 3], { plans: [{ faults: [{ at: 1, mode: 409 }] }, { faults: [{ at: 2, mode: 409 }] }, { faults: [{ at: 1, mode: 'killAfter' }, { at: 3, mode: 'killAfter' }] }, { faults: [], sights: [] }] });
  const plans = realPlans(simulated, course([3, 1]));
  expect(plans.map(({ faults }) => faults.map(({ at, mode, signature }) => [at, mode, signature]))).toEqual([
    [[1, 409, 'PATCH batch/jobs job-1 #1']],
    [[1, 'killAfter', 'PATCH batch/jobs job-1 #1'], [3, 'killAfter', 'PATCH batch/jobs job-3 #1']],
    ...[1, 3].flatMap((at) => outages.map((mode) => [[at, mode, `PATCH batch/jobs job-${at} #1`]])),
  ]);
});

test('a write that is told by its signature is found whatever number it has', () => {
  const fault = { at: 4, mode: 409, signature: write(2).signature } as const;
  expect([write(2), write(4)].map((one) => isAt(fault, one))).toEqual([true, false]);
});

const all: readonly Mode[] = [...modes, ...outages];
const plans = [...faultPlans(Array.from({ length: 20 }, (_, index) => write(index + 1)), all), { faults: [{ at: 1, mode: 'killAfter' }, { at: 2, mode: 'killAfter' }] } as const];
const dealt = (seed: number) => Array.from({ length: 19 }, (_, index) => deal(plans, { seed, count: 8, index }));

test('every kind of plan is dealt as often as the others, what strikes a control plane half as often', () => {
  const counts = new Map<string, number>();
  for (const plan of dealt(1).flat()) counts.set(columnOf(plan), (counts.get(columnOf(plan)) ?? 0) + 1);
  const { restart = 0, expired = 0, 'crash pairs': _pairs, ...others } = Object.fromEntries(counts);
  expect(Object.keys(others).sort()).toEqual([...modes.map(String), 'cut', 'halfOpen'].sort());
  expect(Math.max(...Object.values(others)) - Math.min(...Object.values(others))).toBeLessThanOrEqual(2);
  expect([restart, expired].every((times) => times >= 5 && times <= 6)).toBe(true);
});

test('the same seed deals the same plans, each once, and another seed deals others', () => {
  expect(dealt(1)).toEqual(dealt(1));
  expect(dealt(1)).not.toEqual(dealt(2));
  expect(dealt(1).every((hand) => hand.length === 8 && new Set(hand).size === 8)).toBe(true);
});

test('a scenario of few plans gets them all', () => {
  expect(deal(plans.slice(0, 3), { seed: 1, count: 8, index: 2 })).toHaveLength(3);
});

import { describe, expect, test } from '@jest/globals';
import { simulateApart } from '../../hack/bench/drift/apart.ts';
import { share, type Rate } from '../../hack/bench/drift/rate.ts';
import type { Found, Kind, Scenario } from '../../hack/bench/drift/scenarios.ts';

/* The first part of `npm run bench -- drift`. With the same seeds it finds the same on every machine. */
const plan = { seed: 1, worlds: 50, windows: 20 };
const longest = 300_000;
const scenario = (kind: Kind, rows: number, shift = 0, shifted = 0): Scenario => ({ kind, rows, shift, shifted });
const none: Rate = { hits: 0, trials: 0 };

async function shares(of: Scenario, worlds = plan.worlds): Promise<Record<keyof Found, number>> {
  const [found = { rule: none, withoutLaws: none, testsAlone: none }] = await simulateApart(of.kind, [of], { ...plan, worlds });
  return { rule: share(found.rule), withoutLaws: share(found.withoutLaws), testsAlone: share(found.testsAlone) };
}

describe('a DriftPolicy with thirty features', () => {
  test.each<[string, Scenario]>([
    ['200 rows', scenario('Independent', 200)],
    ['500 rows', scenario('Independent', 500)],
    ['200 rows of categories, many of them rare', scenario('Categorical', 200)],
  ])('calls at most three windows of two hundred drifted without drift: %s', async (_name, of) => {
    const { rule, testsAlone } = await shares(of);
    expect(rule).toBeLessThanOrEqual(0.015);
    expect(testsAlone).toBeGreaterThan(0.5);
  }, longest);

  test('finds a quarter of a standard deviation in three of them, 95 times of 100', async () => {
    expect((await shares(scenario('Independent', 1_000, 0.25, 3), 15)).rule).toBeGreaterThanOrEqual(0.95);
  }, longest);

  test('learns from the parts of the baseline that its values follow one another', async () => {
    const { rule, withoutLaws } = await shares(scenario('Autoregressive', 1_000), 10);
    expect(withoutLaws).toBeGreaterThan(0.9);
    expect(rule).toBeLessThan(0.3);
  }, longest);
});

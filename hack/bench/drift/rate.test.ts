import { expect, test } from '@jest/globals';
import { percent, upperBound } from './rate.ts';

test.each([
  /* statsmodels.stats.proportion.proportion_confint(hits, trials, method='wilson')[1] */
  [0, 4_000, 0.0009594432897],
  [40, 4_000, 0.0135877397863],
  [400, 400, 1],
])('the upper bound of %d of %d is %d', (hits, trials, bound) => expect(upperBound({ hits, trials })).toBeCloseTo(bound, 12));

test('small shares are told with two digits behind the point', () => expect([percent(0.01234), percent(0.1234)]).toEqual(['1.23 %', '12.3 %']));

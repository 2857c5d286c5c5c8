import { describe, expect, test } from '@jest/globals';
import { canonicalClass, outcomeOf, type Label, type Outcome } from './classes.ts';

describe('canonicalClass', () => {
  test.each<[Label, string]>([
    [1, '1'], [1.0, '1'], ['1', '1'], ['1.0', '1'], ['1.000', '1'], [true, '1'],
    [0, '0'], [-0, '0'], ['0', '0'], ['0.0', '0'], ['-0', '0'], [false, '0'],
    [-3, '-3'], ['-3.0', '-3'], [0.5, '0.5'], ['0.5', '0.5'], ['007', '007'], ['true', 'true'], ['', ''], [' 1', ' 1'], ['setosa', 'setosa'],
  ])('%j is %j', (label, expected) => {
    expect(canonicalClass(label)).toBe(expected);
  });
});

test.each<[string, string, Outcome]>([
  ['1', '1', 'truePositive'], ['1', '0', 'falsePositive'], ['1', 'cat', 'falsePositive'],
  ['0', '1', 'falseNegative'], ['cat', '1', 'falseNegative'], ['0', '0', 'trueNegative'], ['cat', 'cat', 'trueNegative'], ['cat', 'dog', 'wrong'],
])('%s for a row of class %s is %s', (predicted, actual, outcome) => expect(outcomeOf(predicted, actual)).toBe(outcome));

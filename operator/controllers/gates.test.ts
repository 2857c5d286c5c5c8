import { describe, expect, test } from '@jest/globals';
import { gateProblem, judgeGate, namesChampion, type GateOutcome, type Measured } from './gates.ts';

const metrics = { recall: 0.8, precision: 0.6, f1: 0.7 };
const measured: Measured = { metrics, champion: {} };
const judge = (expression: string) => judgeGate({ name: 'good', expression }, measured);
const costly = 'gate good: the expression is too costly:';
const nested = (depth: number): string => (depth === 0 ? 'true' : `metrics.all(n${depth}, ${nested(depth - 1)})`);

const cases: Record<string, [string, GateOutcome['outcome'], string]> = {
  'passes when it is true': ['metrics.recall >= 0.7', 'Passed', 'gate good passed'],
  'fails when it is false, and tells the values': ['metrics.recall >= 0.9 && metrics.f1 > 0.0', 'Failed', 'gate good: metrics.recall >= 0.9 && metrics.f1 > 0.0 is false (recall 0.8, f1 0.7)'],
  'tells no metric whose name is only a part of another word': ['metrics.precision > 0.9 || "recalls" == ""', 'Failed', 'gate good: metrics.precision > 0.9 || "recalls" == "" is false (precision 0.6)'],
  'may compare with a whole number': ['metrics.recall < 1', 'Passed', 'gate good passed'],
  'may ask whether a metric is there': ['has(metrics.auc) || metrics.f1 > 0.5', 'Passed', 'gate good passed'],
  'may speak of all metrics': ['metrics.all(name, metrics[name] > 0.5)', 'Passed', 'gate good passed'],
  'is not passed when its metric is missing': ['metrics.auc > 0.5', 'Invalid', 'gate good: No such key: auc'],
  'is not passed when it is true for no reason': ['dyn(1)', 'Failed', 'gate good: dyn(1) is false'],
  'is invalid when it does not parse': ['metrics.recall >', 'Invalid', 'gate good: Unexpected token: EOF'],
  'is invalid when it names something else': ['recall > 0.5', 'Invalid', 'gate good: Unknown variable: recall'],
  'is invalid when it is a number': ['metrics.recall', 'Invalid', 'gate good: the expression must be true or false, not of type double'],
  'is invalid when it divides by zero': ['1 / 0 == 1', 'Invalid', 'gate good: division by zero'],
  'is invalid when it is long': [Array(201).fill('true').join(' && '), 'Invalid', 'gate good: Exceeded maxAstNodes (200)'],
  'is invalid when it goes through the metrics over and over': [nested(12), 'Invalid', `${costly} at most 2 of all, exists, filter and map may depend on one another`],
  'is invalid when it doubles a text over and over': [
    Array.from({ length: 14 }, () => 0).reduce((inner) => `cel.bind(x, x + x, ${inner})`, 'x == ""').replace('cel.bind(x, x + x', 'cel.bind(x, "xx"'),
    'Invalid', `${costly} at most 2 of all, exists, filter and map may depend on one another`,
  ],
  'is invalid with a pattern, which may backtrack for hours': ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")', 'Invalid', `${costly} matches() is not supported`],
};

const compared: Measured = { metrics, champion: { metrics: { recall: 0.85 } } };

describe('a gate on the champion', () => {
  const better = '!has(champion.metrics) || metrics.recall >= champion.metrics.recall';
  test.each<[string, string, Measured, GateOutcome['outcome'], string]>([
    ['passes when there is none', better, measured, 'Passed', 'gate good passed'],
    ['fails when the champion is better, and tells both values', better, compared, 'Failed', `gate good: ${better} is false (recall 0.8, champion's recall 0.85)`],
    ['passes when the champion is not better', 'metrics.recall > champion.metrics.recall - 0.1', compared, 'Passed', 'gate good passed'],
    ['is not passed without a champion when it does not ask for one', 'metrics.recall >= champion.metrics.recall', measured, 'Invalid', 'gate good: No such key: metrics'],
    ['is not passed by a metric that was not compared', 'metrics.f1 >= champion.metrics.f1', compared, 'Invalid', 'gate good: No such key: f1'],
  ])('%s', (_name, expression, of, ...[outcome, message]) => expect(judgeGate({ name: 'good', expression }, of)).toEqual({ outcome, message }));

  test.each<[string, string, boolean]>([
    ['names it', better, true],
    ['names it only in a text', 'metrics.recall > 0.5 || "champion" == ""', false],
    ['names it within a macro', 'metrics.all(name, has(champion.metrics))', true],
    ['does not parse', 'champion >', false],
  ])('%s', (_name, expression, names) => expect(namesChampion({ name: 'good', expression })).toBe(names));
});

describe('a gate', () => {
  test.each(Object.entries(cases))('%s', (_name, [expression, outcome, message]) => expect(judge(expression)).toEqual({ outcome, message }));

  test('may nest two comprehensions', () => expect(judge(nested(2)).outcome).toBe('Passed'));

  test('keeps its message within 256 characters', () => {
    expect(judge(`metrics.recall > 0.9 || ${Array(30).fill('"aaaaaaaa" == ""').join(' || ')}`).message).toHaveLength(256);
  });

  test('can be judged before there are metrics', () => {
    expect(gateProblem({ name: 'good', expression: 'metrics.anything > 0.5' })).toBeUndefined();
    expect(gateProblem({ name: 'good', expression: 'metrics' })).toBe('gate good: the expression must be true or false, not of type map<string, double>');
  });
});

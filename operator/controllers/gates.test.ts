import { describe, expect, test } from '@jest/globals';
import { gateProblem, judgeGate, namesChampion, type GateOutcome, type Measured } from './gates.ts';

const metrics = { recall: 0.8, precision: 0.6, f1: 0.7 };
const measured: Measured = { metrics, champion: {} };
const judge = (expression: string) => judgeGate({ name: 'good', expression }, measured);
const costly = 'gate good: it could take more than 20000 steps: nest fewer of all, exists, exists_one, filter and map, and shorten lists and texts';
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
  'is invalid when it goes through the metrics over and over': [nested(12), 'Invalid', costly],
  'is invalid when it doubles a text over and over': [
    Array.from({ length: 14 }, () => 0).reduce((inner) => `cel.bind(x, x + x, ${inner})`, 'x == ""').replace('cel.bind(x, x + x', 'cel.bind(x, "xx"'),
    'Invalid', costly,
  ],
  'is invalid when it multiplies a text over and over': [
    `"aaaaaaaaaaaaaaaa"${'.split("").join("aaaaaaaaaaaaaaaa")'.repeat(8)}.size() > 0`, 'Invalid', 'gate good: join() is not supported in gates',
  ],
  'is invalid with a list of lists that is gone through by itself': ['[[1, 2, 3, 4, 5, 6, 7, 8, 9]].all(l, l.all(a, l.all(b, l.all(c, l.all(d, a + b + c + d > 0)))))', 'Invalid', costly],
  'is invalid when it takes bytes apart': ['bytes("[1]").json() == {}', 'Invalid', 'gate good: json() is not supported in gates'],
  'is invalid when it asks for the time of day in a place': ['timestamp("2026-01-01T00:00:00Z").getHours("Mars/Base") > 0', 'Invalid', 'gate good: getHours() is not supported in gates'],
  'is invalid when it is deep': [`${'('.repeat(40)}true${')'.repeat(40)}`, 'Invalid', 'gate good: Exceeded maxDepth (32)'],
  'is invalid with a long list': [`[${Array(33).fill('1').join(', ')}].size() > 0`, 'Invalid', 'gate good: Exceeded maxListElements (32)'],
  'is invalid with a pattern, which may backtrack for hours': ['"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a+)+$")', 'Invalid', 'gate good: matches() is not supported in gates'],
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

  test('may speak of a metric that is called like a member of every object', () => {
    expect(judgeGate({ name: 'good', expression: 'metrics.constructor > 0.5 && metrics.all(n, metrics[n] > 0.5)' }, { metrics: { constructor: 0.6 }, champion: {} })).toEqual({ outcome: 'Passed', message: 'gate good passed' });
  });

  test('keeps its message within 256 characters', () => {
    expect(judge(`metrics.recall > 0.9 || ${Array(30).fill('"aaaaaaaa" == ""').join(' || ')}`).message).toHaveLength(256);
  });

  test('can be judged before there are metrics', () => {
    expect(gateProblem({ name: 'good', expression: 'metrics.anything > 0.5' })).toBeUndefined();
    expect(gateProblem({ name: 'good', expression: 'metrics' })).toBe('gate good: the expression must be true or false, not of type map<string, double>');
  });
});

import { describe, expect, test } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { costOf, forbidden, scalar, type Scope } from './expression-cost.ts';

const environment = new Environment().registerVariable('metrics', 'map<string, double>');
const names = ['recall', 'precision', 'f1', 'auc'];
const scope: Scope = new Map([['metrics', { length: names.length, key: { length: 9 }, item: scalar }]]);
const cost = (expression: string) => costOf(environment.parse(expression).ast, scope);

/** Evaluates it, and counts how often a metric was looked up. */
function evaluate(expression: string): { readonly result: unknown; readonly lookups: number } {
  let lookups = 0;
  const values = new Map(names.map((name) => [name, 0.5]));
  const metrics = new Map(values);
  metrics.get = (name) => {
    lookups += 1;
    return values.get(name);
  };
  const result: unknown = environment.evaluate(expression, { metrics });
  return { result, lookups };
}

/** Random expressions of known types. `v` is a text everywhere. */
const { text, list, truth } = fc.letrec<{ text: string; list: string; truth: string }>((tie) => ({
  text: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom('"a"', '"abcdef"', '""'), fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie('truth'), tie('text'), tie('text')).map(([is, a, b]) => `(${is} ? ${a} : ${b})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `cel.bind(v, ${a}, v + v + ${b})`)),
  list: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom('["a", "bc"]', 'metrics.filter(v, metrics[v] > 0.1)'), fc.tuple(tie('text'), tie('text')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} + ${b})`), fc.tuple(tie('list'), tie('text')).map(([a, b]) => `${a}.map(v, v + ${b})`),
    fc.tuple(tie('list'), tie('truth')).map(([a, b]) => `${a}.filter(v, ${b})`)),
  truth: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom('metrics.f1 > 0.1', 'has(metrics.auc)'), fc.tuple(fc.constantFrom('all', 'exists', 'exists_one'), tie('truth')).map(([macro, is]) => `metrics.${macro}(v, metrics[v] > 0.1 && ${is})`),
    fc.tuple(tie('text'), tie('list')).map(([a, b]) => `(${a} in ${b})`), fc.tuple(tie('list'), tie('list')).map(([a, b]) => `(${a} == ${b})`),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `${a}.contains(${b})`), fc.tuple(tie('list'), tie('truth')).map(([a, is]) => `${a}.exists(v, ${is})`)),
}));

describe('what an expression costs', () => {
  test('is never less than the lookups that the library makes, nor is a result larger', () => {
    fc.assert(fc.property(fc.oneof(text, list, truth), (expression) => {
      const { steps, size } = cost(expression);
      fc.pre(steps < 100_000);
      const { result, lookups } = evaluate(expression);
      expect(lookups).toBeLessThanOrEqual(steps);
      if (typeof result === 'string' || Array.isArray(result)) expect(result.length).toBeLessThanOrEqual(size.length);
    }), { numRuns: 500 });
  });

  test.each<[string, string, number]>([
    ['grows with each macro in another by the length of what is gone through', 'metrics.all(a, true)', 10],
    ['by its square for two', 'metrics.all(a, metrics.all(b, true))', 46],
    ['grows by the square of the lists that are compared', '["a", "b"] == ["c", "d"]', 23],
    ['grows with the texts that are compared', '"aaaa" == "aaaa"', 11],
  ])('%s', (_name, expression, steps) => expect(cost(expression).steps).toBe(steps));

  test.each([
    ['a text that is doubled', Array.from({ length: 30 }).reduce<string>((inner) => `cel.bind(x, x + x, ${inner})`, 'x == ""').replace('x + x', '"aa"')],
    ['lists that are gone through by themselves', Array.from({ length: 20 }).reduce<string>((inner) => `l.all(x, ${inner})`, 'true').replaceAll('l.', '[1, 2, 3, 4].')],
    ['a list that is repeated', `metrics${'.map(x, ["a", "b", "c", "d"]).map(y, y + y)'.repeat(3)}${'.all(x, x.all(y, y == [["a"]])'.repeat(1)}) `.replace('y == [["a"]]', 'metrics.all(z, metrics.all(w, metrics.all(u, u == w)))')],
  ])('is above any limit for %s', (_name, expression) => expect(cost(expression).steps).toBeGreaterThan(20_000));
});

test.each<[string, string | undefined]>([
  ['"a".split("")', 'split()'],
  ['["a"].map(x, x.matches("(a+)+$")).size() > 0', 'matches()'],
  ['["a"].join("b")', 'join()'],
  ['google.protobuf == google.protobuf', 'google'],
  ['metrics.f1 > 0.5', undefined],
])('of %s, %s is forbidden', (expression, what) => expect(forbidden(environment.parse(expression).ast)).toBe(what));

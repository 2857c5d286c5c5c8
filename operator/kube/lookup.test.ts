import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lookup } from './lookup.ts';

interface Thing {
  readonly teams: readonly string[];
  readonly age: string;
}

const byAge = (): Lookup<Thing> => new Lookup(({ teams }) => teams, ({ age }) => age);
const thing = (age: string, ...teams: string[]): Thing => ({ teams, age });

describe('keys of a value', () => {
  test('come in their order, and by themselves where it is equal', () => {
    const lookup = byAge();
    for (const [key, age] of [['n/b', '2'], ['n/c', '1'], ['n/a', '2'], ['n/d', '3']] as const) lookup.move(key, undefined, thing(age, 'red'));
    expect([lookup.keys('red'), lookup.last('red')]).toEqual([['n/c', 'n/a', 'n/b', 'n/d'], 'n/d']);
  });

  test('are none when there is no such value', () => {
    const lookup = byAge();
    lookup.move('n/a', undefined, thing('1', 'red'));
    lookup.move('n/a', thing('1', 'red'), thing('1', 'blue'));
    expect([lookup.keys('red'), lookup.last('red'), lookup.keys('blue')]).toEqual([[], undefined, ['n/a']]);
  });

  test('move when their order changes, and go when their object does', () => {
    const lookup = byAge();
    lookup.move('n/a', undefined, thing('1', 'red'));
    lookup.move('n/b', undefined, thing('2', 'red'));
    lookup.move('n/a', thing('1', 'red'), thing('3', 'red'));
    expect(lookup.keys('red')).toEqual(['n/b', 'n/a']);
    lookup.move('n/b', thing('2', 'red'), undefined);
    expect(lookup.keys('red')).toEqual(['n/a']);
  });

  test.each([true, false])('are what a search through all objects finds, whatever has changed (with an order: %s)', (withOrder) => {
    const arbitrary = fc.record({ teams: fc.uniqueArray(fc.constantFrom('red', 'blue', 'green')), age: fc.constantFrom('1', '2', '3') });
    const change = fc.tuple(fc.constantFrom('n/a', 'n/b', 'n/c', 'n/d', 'n/e'), fc.option(arbitrary, { nil: undefined }));
    fc.assert(fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const lookup = withOrder ? byAge() : new Lookup<Thing>(({ teams }) => teams);
      const objects = new Map<string, Thing>();
      for (const [key, after] of changes) {
        lookup.move(key, objects.get(key), after);
        if (after) objects.set(key, after);
        else objects.delete(key);
      }
      for (const team of ['red', 'blue', 'green']) {
        const order = (key: string): string => `${withOrder ? objects.get(key)?.age ?? '' : ''} ${key}`;
        const expected = [...objects].filter(([, { teams }]) => teams.includes(team)).map(([key]) => key).sort((a, b) => (order(a) < order(b) ? -1 : 1));
        expect([lookup.keys(team), lookup.last(team)]).toEqual([expected, expected.at(-1)]);
      }
    }));
  });
});

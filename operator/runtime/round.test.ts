import { describe, expect, test } from '@jest/globals';
import { Round } from './round.ts';

type Lane = 'urgent' | 'other';
type Key = readonly [namespace: string, key: string, lane: Lane];

function taken(keys: readonly Key[], waits: (key: string, lane: Lane) => boolean = () => true): string[] {
  const round = new Round<Lane>(['urgent', 'other']);
  for (const [namespace, key, lane] of keys) round.push(namespace, key, lane);
  const list: string[] = [];
  for (let key = round.shift(waits); key !== undefined; key = round.shift(waits)) list.push(key);
  return list;
}

const many = (count: number, lane: Lane): Key[] => Array.from({ length: count }, (_, n): Key => ['a', `a${n}`, lane]);

describe('a round', () => {
  test.each<[string, Key[], string[]]>([
    ['gives nothing when nothing was pushed', [], []],
    ['gives each namespace one turn after another', [['a', 'a1', 'urgent'], ['a', 'a2', 'urgent'], ['b', 'b1', 'urgent'], ['b', 'b2', 'urgent'], ['c', 'c1', 'urgent']], ['a1', 'b1', 'c1', 'a2', 'b2']],
    ['lets a namespace begin with what is urgent in it', [['a', 'a1', 'other'], ['a', 'a2', 'urgent']], ['a2', 'a1']],
    ['does not let one namespace be more urgent than another', [['a', 'a1', 'urgent'], ['a', 'a2', 'urgent'], ['b', 'b1', 'other']], ['a1', 'b1', 'a2']],
    ['lets one in eight turns of a namespace go to what is not urgent', [['a', 'last', 'other'], ...many(9, 'urgent')], ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'last', 'a7', 'a8']],
  ])('%s', (_name, keys, expected) => expect(taken(keys)).toEqual(expected));

  test('drops what waits no longer, which costs its namespace no turn', () => {
    const keys: Key[] = [...many(100, 'urgent'), ['a', 'stays', 'urgent'], ['b', 'b1', 'urgent'], ['b', 'b2', 'urgent']];
    expect(taken(keys, (key) => !/^a\d/.test(key))).toEqual(['stays', 'b1', 'b2']);
  });

  test('asks of each key in the lane that it was pushed to', () => {
    expect(taken([['a', 'x', 'other'], ['a', 'x', 'urgent']], (_key, lane) => lane === 'other')).toEqual(['x']);
  });
});

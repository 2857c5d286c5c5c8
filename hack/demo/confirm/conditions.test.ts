import { expect, test } from '@jest/globals';
import { differences } from './conditions.ts';

test('differences are what one side has alone', () => {
  expect(differences(new Set(['a', 'b']), new Set(['b', 'c']))).toEqual(['the metrics do not show a', 'kubectl does not show c']);
  expect(differences(new Set(['a']), new Set(['a']))).toEqual([]);
});

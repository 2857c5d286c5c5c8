import { expect, test } from '@jest/globals';
import { revision } from './histories.ts';
import { namingOf } from './naming.ts';

const naming = namingOf([revision('services', 'fraud-1a2b3c4d')], 'ml-12', 41_234);

test.each<[string, string | number, string | number]>([
  ['the port of model servers, as a number', 41_234, '<port>'],
  ['another number', 8_080, 8_080],
  ['the port of model servers, as a label', '41234', '<port>'],
  ['the port of model servers, after an address', '127.9.0.1:41234', '<address>:<port>'],
  ['the port of model servers, in JSON', '{"port":41234}', '{"port":<port>}'],
  ['a generated name and the namespace', 'fraud-1a2b3c4d.ml-12.svc', 'fraud-*.<namespace>.svc'],
])('%s', (_, value, expected) => {
  expect(typeof value === 'number' ? naming.number(value) : naming.text(value)).toBe(expected);
});

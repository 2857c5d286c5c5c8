import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fit, oneLine } from './text.ts';

describe('a line of what people may read', () => {
  test.each([
    ['stays as it is', 'Drift of "amount": 0.31 > 0.1', 'Drift of "amount": 0.31 > 0.1'],
    ['has no line breaks', 'one\r\ntwo\u2028three', 'one two three'],
    ['has no colours of a terminal', 'red \u001b[31malert', 'red  [31malert'],
    ['cannot turn the direction of writing around', 'safe\u202egnp.exe', 'safegnp.exe'],
    ['keeps letters of any script, and joined emoji', 'Prüfung مؤشر 👩‍💻', 'Prüfung مؤشر 👩‍💻'],
    ['has no half of a surrogate pair', 'x\ud83d', 'x\ufffd'],
    ['is not empty', ' \n\t', '-'],
  ])('%s', (_name, text, line) => {
    expect(oneLine(text)).toBe(line);
  });
});

describe('what must fit', () => {
  const amp = (character: string): string => (character === '&' ? '&amp;' : character);
  test.each([
    ['is whole when it fits', 'abcde', 5, 'abcde'],
    ['ends with an ellipsis when it does not', 'abcdef', 5, 'abcd…'],
    ['is not cut inside a surrogate pair', 'abc😀ef', 5, 'abc…'],
    ['is not cut inside an escape', 'a&&', 8, 'a&amp;…'],
  ])('%s', (_name, text, max, fitting) => {
    expect(fit(text, max, amp)).toBe(fitting);
  });

  test('never exceeds the maximum and never splits a pair', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 8, max: 40 }), (text, max) => {
      const fitting = fit(text, max, amp);
      return fitting.length > 0 && fitting.length <= max && fitting.isWellFormed();
    }));
  });
});

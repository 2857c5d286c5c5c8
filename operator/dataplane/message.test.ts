import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeMessage, encodeMessage, maxMessageBytes, type Message } from './message.ts';

const digest = fc.stringMatching(/^[a-f0-9]{64}$/).map((hex) => `sha256:${hex}`);
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/);
const message: fc.Arbitrary<Message> = fc.record({
  artifacts: fc.array(fc.record({ name, digest, bytes: fc.nat() }), { maxLength: 8 }),
  results: fc.array(fc.record({ name, value: fc.string({ maxLength: 32 }) }), { maxLength: 4 }),
});

describe('a termination message', () => {
  test('says the same after the journey', () => {
    fc.assert(fc.property(message, (sent) => {
      expect(decodeMessage(encodeMessage(sent))).toEqual(sent);
    }));
  });

  test('is nothing when a character of it was lost or changed', () => {
    fc.assert(fc.property(message, fc.nat(), fc.constantFrom('', 'x'), (sent, at, instead) => {
      const text = encodeMessage(sent);
      const index = at % text.length;
      const changed = `${text.slice(0, index)}${instead}${text.slice(index + 1)}`;
      expect(changed === text ? undefined : decodeMessage(changed)).toBeUndefined();
    }));
  });

  test('holds full digests of as many outputs and results as a step may have', () => {
    const longest: Message = {
      artifacts: Array.from({ length: 8 }, (_, index) => ({ name: `output-number-${index}abcde`.slice(0, 20), digest: `sha256:${'f'.repeat(64)}`, bytes: 1e12 })),
      results: Array.from({ length: 16 }, (_, index) => ({ name: `result_number_${index}ab`, value: '0.1234567890' })),
    };
    expect(Buffer.byteLength(encodeMessage(longest))).toBeLessThanOrEqual(maxMessageBytes);
    expect(decodeMessage(encodeMessage(longest))).toEqual(longest);
  });

  test('that does not fit is an error where it is made', () => {
    const results = Array.from({ length: 16 }, (_, index) => ({ name: `r${index}`, value: 'é'.repeat(200) }));
    expect(() => encodeMessage({ artifacts: [], results })).toThrow('more than 2000 bytes');
  });

  test.each([undefined, '', '#', '{}', '{"v":1}#00000000', 'not ours'])('of someone else is nothing: %s', (text) => {
    expect(decodeMessage(text)).toBeUndefined();
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Texts } from './texts.ts';

test('objects say the same as before, whatever was shared and however often all was forgotten', () => {
  const texts = new Texts();
  const text = fc.oneof(fc.string({ minLength: 9, maxLength: 14 }), fc.constantFrom('__proto__', 'constructor', 'RoutersUpToDate', 'x'.repeat(300)));
  const json = fc.object({ key: text, values: [text, fc.integer(), fc.boolean(), fc.constant(null)], maxDepth: 4, maxKeys: 40 });
  fc.assert(fc.property(fc.array(json, { minLength: 1 }), (objects) => {
    const written = JSON.stringify(objects);
    for (const object of objects) texts.share(object);
    expect(JSON.stringify(objects)).toBe(written);
  }), { numRuns: 300 });
});

test.each<[string, object]>([
  ['is frozen', Object.freeze({ reason: 'RoutersUpToDate', list: Object.freeze(['RoutersUpToDate']) })],
  ['was made by JSON.parse with a key __proto__', JSON.parse('{"__proto__": "RoutersUpToDate", "a": {"__proto__": {"b": "RoutersUpToDate"}}}') as object],
  ['is nested deeper than the stack is high', Array.from({ length: 20_000 }).reduce<object>((inner) => ({ inner }), { reason: 'RoutersUpToDate' })],
  ['holds a function', { open: () => 'RoutersUpToDate' }],
])('an object that %s is taken as it is', (_name, object) => {
  const texts = new Texts();
  texts.share({ reason: 'RoutersUpToDate' });
  expect(() => texts.share(object)).not.toThrow();
});

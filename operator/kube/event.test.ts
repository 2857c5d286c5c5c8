import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseEvent, storedVersion } from './event.ts';
import { thing } from './testing/stub.ts';

const line = (type: string, object: unknown): string => JSON.stringify({ type, object });

test.each<[string, string, string | undefined]>([
  ['an addition', line('ADDED', thing('a', 7)), '7'],
  ['a change', line('MODIFIED', thing('a', 7)), '7'],
  ['a deletion: its version is not that of a copy', line('DELETED', thing('a', 7)), undefined],
  ['a bookmark', line('BOOKMARK', thing('a', 7)), undefined],
  ['an error', line('ERROR', { code: 410 }), undefined],
  ['a label with that name', line('ADDED', thing('a', 7, { metadata: { labels: { resourceVersion: '6' } } })), undefined],
  ['a field with that name', line('ADDED', thing('a', 7, { value: { resourceVersion: '6' } })), undefined],
  ['a text that looks like one', line('ADDED', thing('a', 7, { value: '{"resourceVersion":"6"}' })), '7'],
  ['a text that ends in its name', line('ADDED', thing('a', 7, { value: '"resourceVersion' })), '7'],
  ['no version', line('ADDED', { metadata: { name: 'a' } }), undefined],
  ['what is cut off', line('ADDED', thing('a', 7)).slice(0, 20), undefined],
])('the version of a stored object is found without parsing: %s', (_name, text, version) => {
  expect(storedVersion(text)).toBe(version);
});

test('where a version is found without parsing, it is that of the object', () => {
  const key = fc.oneof(fc.constantFrom('resourceVersion', '"resourceVersion":"1"', 'a"', '\\'), fc.string());
  const value = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }));
  fc.assert(fc.property(fc.nat(), value, fc.dictionary(key, fc.string()), (version, content, labels) => {
    const text = line('MODIFIED', thing('a', version, { value: content, metadata: { labels } }));
    const event = parseEvent(text);
    const found = storedVersion(text);
    if (found !== undefined) expect(event).toMatchObject({ type: 'stored', metadata: { resourceVersion: found } });
  }));
});

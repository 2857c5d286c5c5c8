import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isLeaving, parseMeta } from './metadata.ts';

const least = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1' };

describe('parseMeta', () => {
  test('fills in what is absent', () => {
    expect(parseMeta({ metadata: least })).toEqual({ ...least, generation: 0, creationTimestamp: '', labels: {}, annotations: {} });
  });

  test('keeps what is there, and of the owners the controlling one', () => {
    const metadata = {
      ...least, namespace: 'n', generation: 3, creationTimestamp: 'c', deletionTimestamp: 'd', labels: { a: 'b' }, annotations: { c: 'd' },
    };
    const ownerReferences = [{ uid: '1', kind: 'A', name: 'a' }, { uid: '2', kind: 'B', name: 'b', controller: true }];
    expect(parseMeta({ metadata: { ...metadata, ownerReferences } })).toEqual({ ...metadata, owner: { uid: '2', kind: 'B', name: 'b' } });
  });

  test.each(['name', 'namespace', 'uid', 'resourceVersion'])('is undefined without %s', (field) => {
    expect(parseMeta({ metadata: { ...least, [field]: undefined } })).toBeUndefined();
    expect(parseMeta({ metadata: { ...least, [field]: '' } })).toBeUndefined();
  });

  test.each(['1', 1.5, 1e300, null])('takes generation %p for none', (generation) => {
    expect(parseMeta({ metadata: { ...least, generation } })?.generation).toBe(0);
  });

  test.each(['abc', '-1', '1.5', '1e9', ' 7'])('is undefined with resourceVersion "%s", which cannot be compared', (resourceVersion) => {
    expect(parseMeta({ metadata: { ...least, resourceVersion } })).toBeUndefined();
  });

  test('never throws, whatever is stored', () => {
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...Object.keys(least), 'labels', 'ownerReferences'), fc.jsonValue()), (metadata) => {
      parseMeta({ metadata: { ...least, ...metadata } });
    }));
  });
});

test.each([
  [{}, false], [{ deletionTimestamp: 'd', finalizers: ['f'] }, false], [{ deletionTimestamp: 'd', finalizers: [] }, true], [{ deletionTimestamp: 'd' }, true],
])('a copy with %p has left: %p', (metadata, left) => {
  expect(isLeaving({ metadata })).toBe(left);
});

import { describe, expect, test } from '@jest/globals';
import { make } from '../../../test/make.ts';
import { digestLabel, Snapshot, specDigest, storeClaim } from './snapshot.ts';

const { metadata, spec } = make.pipeline();

describe('the digest of a spec', () => {
  test.each([
    ['does not depend on when runs start', { ...spec, suspend: true, triggers: { onChange: true } }, true],
    ['does not depend on the order of members', Object.fromEntries(Object.entries(spec).reverse()) as typeof spec, true],
    ['changes with a parameter', { ...spec, params: [] }, false],
    ['changes with the order of steps', { ...spec, steps: [...spec.steps].reverse() }, false],
    ['changes with what is registered', { ...spec, register: undefined }, false],
  ])('%s', (_name, other, same) => expect(specDigest(other) === specDigest(spec)).toBe(same));
});

describe('the store', () => {
  test('is the claim that the Pipeline names', () => {
    expect(storeClaim(metadata, { ...spec, artifactStore: { type: 'Volume', volume: { claimName: 'mine', accessMode: 'ReadWriteOnce' } } })).toBe('mine');
  });
  test('is otherwise one of its own', () => {
    expect(storeClaim(metadata, spec)).toMatch(/^fraud-[0-9a-f]{8}$/);
    expect(storeClaim({ ...metadata, uid: 'another' }, spec)).not.toBe(storeClaim(metadata, spec));
  });
});

test('a label holds the first half of a digest', () => expect(digestLabel(specDigest(spec))).toMatch(/^[0-9a-f]{32}$/));
test('a snapshot is read as it was written', () => expect(Snapshot.parse(JSON.parse(JSON.stringify({ spec, claim: 'store' })))).toEqual({ spec, claim: 'store' }));

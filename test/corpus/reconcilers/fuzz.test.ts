import { describe, expect, test } from '@jest/globals';
import { fuzzReconcilers } from './fuzz.ts';
import { situations, type FuzzedKind } from './samples.ts';

const seed = 20_260_301;

describe('hostile objects that were stored past admission end nowhere but in a condition, and harm no other object', () => {
  test.each(Object.keys(situations) as FuzzedKind[])('%s', async (kind) => {
    const { violations, ended } = await fuzzReconcilers({ kind, runs: 60, seed });
    expect(violations).toEqual([]);
    expect(Object.keys(ended).length).toBeGreaterThan(2);
  });
});

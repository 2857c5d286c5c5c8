import { expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

test('work under one lock never overlaps, also after one of it failed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'image-lock-'));
  const file = join(folder, 'made/lock');
  let inside = 0;
  let most = 0;
  const work = async (fails: boolean): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
    if (fails) throw new Error('broken build');
  };
  const results = await Promise.allSettled([true, false, false].map((fails) => withLock(file, () => undefined, () => work(fails))));
  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(most).toBe(1);
  await rm(folder, { recursive: true });
});

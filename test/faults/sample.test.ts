import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { keptBugs } from './bugs.ts';
import { campaign } from './campaign.ts';
import { Pool } from './pool.ts';
import { lines, violationsOf } from './report.ts';
import { scenarios } from './scenarios/index.ts';

/** Plans of each scenario: `npm run test:faults` plays all of them. */
const limit = 5;
const seed = 587;
const worker = join(import.meta.dirname, 'worker.ts');

test('a sample of the plans of every scenario ends as it would without a fault', async () => {
  const pool = new Pool(2, worker);
  try {
    const results = await Promise.all(scenarios.map(({ name }) => campaign(name, { pool, level: 'fast', seed, limit })));
    const bad = results.filter((result) => violationsOf(result) > 0);
    expect(bad.flatMap((result) => lines(result, `npm run test:faults -- --seed ${seed}`))).toEqual([]);
    expect(results.every(({ writes, verdicts }) => writes > 0 && verdicts.length === limit)).toBe(true);
  } finally {
    await pool.close();
  }
}, 1_500_000);

test.each(keptBugs())('the bug $name can still be made', ({ path }) => {
  const { status, stderr } = spawnSync('git', ['apply', '--check', path], { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8' });
  expect([stderr, status]).toEqual(['', 0]);
});

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { keptBugs } from './bugs.ts';
import { campaign, lines, type KindReport } from './campaign.ts';
import { subjects } from './subjects/index.ts';

/** Always the same sequences: `npm run test:corpus` takes others, and changes every place. */
const seed = 20_260_301;

test('wherever a spec came from, the operator makes of it what it makes of a fresh one, and serving goes on', async () => {
  const reports: KindReport[] = [];
  await campaign({ kinds: subjects.map(({ kind }) => kind), seed, each: 1, places: 4, walks: 2 }, (report) => reports.push(report));
  expect(reports.flatMap((report) => lines(report).slice(1))).toEqual([]);
  expect([reports.length, reports.every(({ walks, leaves }) => walks === 2 && leaves.length === 4)]).toEqual([subjects.length, true]);
}, 600_000);

test.each(keptBugs())('the bug $name can still be made', ({ path }) => {
  const { status, stderr } = spawnSync('git', ['apply', '--check', path], { cwd: join(import.meta.dirname, '../../..'), encoding: 'utf8' });
  expect([stderr, status]).toEqual(['', 0]);
});

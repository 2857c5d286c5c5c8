import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Task } from '../../../operator/dataplane/task.ts';
import { namesIn, Volumes } from '../../../operator/agent/testing/volumes.ts';

const MiB = 1 << 20;

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
  await mkdir(volumes.path('work', 'outputs', 'out'), { recursive: true });
  for (const name of ['a', 'b', 'c', 'd']) await sparseFile(volumes.path('work', 'outputs', 'out', name), 64 * MiB);
});
afterEach(() => volumes.remove());

function start(task: Task) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../../operator/agent/testing/child.ts'), JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, exit: once(child, 'exit'), output: text(child.stdout) };
}

test('memory stays far below the size of what is published', async () => {
  const { exit, output } = start(volumes.publishTask());
  expect(await exit).toEqual([0, null]);
  expect(Number(await output)).toBeLessThan(160 * MiB);
});

test('a publisher killed while it copies leaves no artifact and no record, and the next one succeeds', async () => {
  const { child, exit } = start(volumes.publishTask());
  const staging = volumes.path('store', 'team', 'tmp');
  while (!(await readdir(staging, { recursive: true }).catch(() => [])).some((name) => name.endsWith('/files/a'))) await new Promise(setImmediate);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(await namesIn(staging)).toHaveLength(1);
  expect(await namesIn(volumes.path('store', 'team', 'sha256'))).toEqual([]);
  expect(await namesIn(volumes.path('store', 'team', 'runs'))).toEqual([]);
  const { exitCode, message } = await volumes.publish();
  expect(exitCode).toBe(0);
  expect((await volumes.verify(message!.artifacts[0]!.digest)).exitCode).toBe(0);
});

async function sparseFile(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
}

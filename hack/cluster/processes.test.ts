import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { identity, isAlive, processesWith, startDetached } from './processes.ts';

test('this process is alive', () => {
  expect(isAlive(identity(process.pid))).toBe(true);
});

test('a process that got the number of a dead one is not taken for it', () => {
  expect(isAlive(`${String(process.pid)}:1`)).toBe(false);
});

test('a number that no process has is dead', () => {
  expect(isAlive('999999999:1')).toBe(false);
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a process is found by the variable it was started with', () => {
  const dir = mkdtempSync(join(tmpdir(), 'processes-'));
  const variable = `MODELKEEPER_TEST_${String(process.pid)}`;
  startDetached({ name: 'sleep', binary: 'sleep', args: ['60'] }, { [variable]: 'x' }, join(dir, 'log'));
  const found = processesWith(variable);
  expect(found).toHaveLength(1);
  for (const pid of found) process.kill(pid, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

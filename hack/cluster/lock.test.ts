import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLock } from './lock.ts';
import { identity } from './processes.ts';

let dir: string;
let file: string;
const nobodyWaits = (owner: string): void => {
  throw new Error(`waiting for ${owner}`);
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(dir, 'lock');
});
afterEach(() => rmSync(dir, { recursive: true }));

test('only one holder works at a time', async () => {
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await new Promise(setImmediate);
    working -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(file, () => undefined, work)));
  expect(most).toBe(1);
});

test('a waiter is told once whom it waits for', async () => {
  const owners: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => { release = resolve; });
  const first = withLock(file, nobodyWaits, () => held);
  const second = withLock(file, (owner) => { owners.push(owner); release(); }, () => Promise.resolve());
  await Promise.all([first, second]);
  expect(owners).toEqual([identity(process.pid)]);
});

test('the result comes back and the lock is gone', async () => {
  expect(await withLock(file, nobodyWaits, () => Promise.resolve(7))).toBe(7);
  expect(existsSync(file)).toBe(false);
});

test('the lock is gone after an error too', async () => {
  await expect(withLock(file, nobodyWaits, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(existsSync(file)).toBe(false);
});

test('a lock whose owner is dead is taken over', async () => {
  const pidWithAnotherStart = `${String(process.pid)}:1`;
  writeFileSync(file, pidWithAnotherStart);
  expect(await withLock(file, nobodyWaits, () => Promise.resolve('mine'))).toBe('mine');
});

test('several who find a dead owner still work one at a time', async () => {
  writeFileSync(file, '999999999:1');
  const inside: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    inside.push(`${name} in`);
    await new Promise(setImmediate);
    inside.push(`${name} out`);
  };
  await Promise.all(['a', 'b', 'c'].map((name) => withLock(file, () => undefined, work(name))));
  expect(inside).toHaveLength(6);
  for (let at = 0; at < inside.length; at += 2) expect(inside[at + 1]).toBe(inside[at]?.replace('in', 'out'));
});

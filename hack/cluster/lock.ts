import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './errno.ts';
import { identity, isAlive } from './processes.ts';

/**
 * Runs `work` while this process holds the lock `file`, waiting for whoever holds it. The file names its owner, and a
 * lock whose owner is dead is taken over. `onWait` is told the owner once, when there is something to wait for.
 */
export async function withLock<T>(file: string, onWait: (owner: string) => void, work: () => Promise<T>): Promise<T> {
  let told = false;
  while (!acquire(file)) {
    const owner = ownerOf(file);
    if (owner !== undefined && !isAlive(owner)) {
      takeOver(file, owner);
      continue;
    }
    if (owner !== undefined && !told) {
      told = true;
      onWait(owner);
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Links a finished file into place, so that nobody can ever read a lock that does not name its owner yet. */
function acquire(file: string): boolean {
  const mine = `${file}.${String(process.pid)}.${String(performance.now())}`;
  writeFileSync(mine, identity(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a dead owner's lock. The claim file lets one process do so at a time, and it looks again: the lock may have changed hands. */
function takeOver(file: string, dead: string): void {
  const claim = `${file}.claim`;
  try {
    writeFileSync(claim, '', { flag: 'wx' });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  try {
    if (ownerOf(file) === dead) rmSync(file, { force: true });
  } finally {
    rmSync(claim, { force: true });
  }
}

function ownerOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

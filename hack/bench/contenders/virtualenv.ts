import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Progress } from '../../cluster/binaries.ts';
import { withLock } from '../../cluster/lock.ts';
import { cacheDir } from '../../cluster/paths.ts';

const run = promisify(execFile);

/** A Python environment in the cache that holds what a file of pinned requirements lists, and nothing else. */
export interface VirtualEnv {
  /** Path of a program of the environment. */
  readonly program: (name: string) => string;
  readonly prepare: (progress: Progress) => Promise<void>;
}

export function virtualEnv(name: string, requirements: string): VirtualEnv {
  const folder = join(cacheDir, 'python', `${name}-${createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)}`);
  const done = join(folder, 'complete');
  const prepare = async (progress: Progress): Promise<void> => {
    if (existsSync(done)) return;
    mkdirSync(join(cacheDir, 'python'), { recursive: true });
    await withLock(`${folder}.lock`, (owner) => progress(`${name}: waiting for process ${owner.split(':')[0] ?? ''}, which is installing`), async () => {
      if (existsSync(done)) return;
      progress(`${name}: installing from PyPI`);
      await install(folder, requirements);
      mkdirSync(done);
    });
  };
  return { program: (program) => join(folder, 'bin', program), prepare };
}

async function install(folder: string, requirements: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  try {
    await run('python3', ['-m', 'venv', folder]);
  } catch (error) {
    throw new Error('python3 with its venv module cannot be started: install Python 3.11 or newer (Debian: python3 and python3-venv)', { cause: error });
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir', '--only-binary', ':all:', '--require-hashes', '-r', requirements];
  await run(join(folder, 'bin/python'), pip);
}

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Runs `work` while no other process holds the lock. The kernel's lock is held by a child that ends when its standard
 * input closes, so a killed builder leaves no lock behind.
 */
export async function withLock<Result>(file: string, waiting: () => void, work: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve, reject) => holder.on('error', reject).on('close', () => resolve()));
  const notice = setTimeout(waiting, 500);
  const locked = new Promise<void>((resolve) => holder.stdout.once('data', () => resolve()));
  const lost = ended.then(() => Promise.reject(new Error(`could not lock ${file}`)));
  lost.catch(() => undefined);
  try {
    await Promise.race([locked, lost]);
    clearTimeout(notice);
    return await work();
  } finally {
    clearTimeout(notice);
    holder.stdin.end();
    await ended;
  }
}

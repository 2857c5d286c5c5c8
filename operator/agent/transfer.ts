import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Manifest } from '../dataplane/manifest.ts';
import { AgentError, quoted } from './failure.ts';
import type { Leaf } from './tree.ts';

const concurrency = 4;
const chunkBytes = 1 << 20;

export type FileContent = Omit<Manifest['files'][number], 'path'>;

/** Reads a file in chunks; memory does not depend on its size. */
export async function hashFile(source: string): Promise<FileContent> {
  return readChunks(source, () => Promise.resolve());
}

/** Copies a file to a path where nothing is yet, and hashes what it copied. A durable copy is on the disk when this returns. */
export async function copyFile(source: string, target: string, durable: boolean): Promise<FileContent> {
  const output = await open(target, 'wx');
  try {
    const content = await readChunks(source, (chunk) => output.writeFile(chunk));
    if (durable) await output.sync();
    return content;
  } finally {
    await output.close();
  }
}

/** Copies files below the folder `target`, which is made when it is not there, and returns what a manifest says about them. */
export async function copyTree(leaves: readonly Leaf[], target: string, durable: boolean): Promise<Manifest['files']> {
  const folders = foldersOf(leaves);
  for (const folder of folders) await mkdir(join(target, folder), { recursive: true });
  const files = await mapBounded(leaves, async ({ path, source }) => ({ path, ...await copyFile(source, join(target, path), durable) }));
  if (durable) for (const folder of folders) await syncPath(join(target, folder));
  return files;
}

/** Forces a file or the entries of a folder onto the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs a few at a time. When one fails no further ones start, and the failure is thrown after those under way have ended. */
export async function mapBounded<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const outcomes: Out[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        outcomes[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return outcomes;
}

async function readChunks(source: string, consume: (chunk: Buffer) => Promise<void>): Promise<FileContent> {
  // The path was checked before: a link or a pipe that took its place since must neither be followed nor block.
  const input = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await input.stat()).isFile()) throw new AgentError('AccessDenied', `${quoted(source)} is no longer a file`);
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await input.read(buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await consume(chunk);
      bytes += bytesRead;
    }
  } finally {
    await input.close();
  }
}

/** The folders that hold the files, parents before children; the root itself is the empty path. */
function foldersOf(leaves: readonly Leaf[]): string[] {
  const folders = new Set(['']);
  for (const { path } of leaves) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}

import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Files under `root` that match, sorted, as paths from `root`. Tests are never part of an image. */
export async function inputFiles(root: string, patterns: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for await (const entry of glob(patterns, { cwd: root, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue;
    files.add(relative(root, join(entry.parentPath, entry.name)));
  }
  return [...files].sort();
}

/** Twelve hexadecimal digits that change when a file is added, removed, renamed or edited. */
export async function contentKey(root: string, files: readonly string[]): Promise<string> {
  const key = createHash('sha256');
  for (const file of files) {
    const digest = createHash('sha256').update(await readFile(join(root, file))).digest('hex');
    key.update(`${digest} ${file}\n`);
  }
  return key.digest('hex').slice(0, 12);
}

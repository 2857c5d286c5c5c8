import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { AgentError, quoted } from './failure.ts';

export interface Location { readonly root: string; readonly path: string }

/** The real path of a location; refused when `..`, an absolute path or a symbolic link leads out of its root. */
export async function resolveLocation({ root, path }: Location): Promise<string> {
  if (isAbsolute(path) || path.includes('\0') || path.split('/').includes('..')) {
    throw new AgentError('InvalidTask', `the path ${quoted(path)} is not a relative path without ".."`);
  }
  const [realRoot, real] = await Promise.all([realpath(root), realpath(join(root, path))]);
  if (!contains(realRoot, real)) throw new AgentError('AccessDenied', `a symbolic link at ${quoted(path)} leads out of ${root}`);
  return real;
}

/** Whether a real path is the root or lies below it. */
export function contains(root: string, real: string): boolean {
  const way = relative(root, real);
  return way !== '..' && !way.startsWith('../');
}

/** The path of one entry of a folder; a name that is not a single path segment is refused. */
export function entryOf(folder: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
    throw new AgentError('InvalidTask', `${quoted(name)} is not a file name`);
  }
  return join(folder, name);
}

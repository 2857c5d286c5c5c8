import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitReason } from '../dataplane/task.ts';
import { AgentError, hasCode, quoted } from './failure.ts';
import { contains } from './location.ts';

/** A file of a tree: its path below the tree's root, and the path without symbolic links that it is read from. */
export interface Leaf { readonly path: string; readonly source: string }

export interface TreeRules {
  /** The real folder that symbolic links may not leave; without it there may be none. */
  readonly linksWithin?: string;
  readonly leaveOut?: (name: string) => boolean;
  /** What it means when the tree holds something that an artifact cannot. */
  readonly refusal: ExitReason;
}

interface Folder { readonly real: string; readonly prefix: string; readonly ancestors: readonly string[] }

/** Every file below a real folder, links followed as the rules allow. Empty folders leave no trace. */
export async function listFiles(root: string, rules: TreeRules): Promise<Leaf[]> {
  const found: Leaf[] = [];
  await descend({ real: root, prefix: '', ancestors: [] }, rules, found);
  return found;
}

async function descend(folder: Folder, rules: TreeRules, found: Leaf[]): Promise<void> {
  for (const entry of await readdir(folder.real, { withFileTypes: true, encoding: 'buffer' })) {
    const name = decodeName(entry.name, folder, rules);
    if (rules.leaveOut?.(name)) continue;
    const path = folder.prefix + name;
    const own = join(folder.real, name);
    const source = entry.isSymbolicLink() ? await follow(own, path, rules) : own;
    const kind = entry.isSymbolicLink() ? await stat(source) : entry;
    if (kind.isFile()) {
      found.push({ path, source });
    } else if (kind.isDirectory()) {
      const ancestors = [...folder.ancestors, folder.real];
      if (ancestors.includes(source)) throw new AgentError(rules.refusal, `the symbolic link ${quoted(path)} leads to a folder that contains it`);
      await descend({ real: source, prefix: `${path}/`, ancestors }, rules, found);
    } else {
      throw new AgentError(rules.refusal, `${quoted(path)} is ${nameOfKind(kind)}; only files and folders can be stored`);
    }
  }
}

async function follow(link: string, path: string, rules: TreeRules): Promise<string> {
  if (rules.linksWithin === undefined) throw new AgentError(rules.refusal, `${quoted(path)} is a symbolic link`);
  const target = await realpath(link).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw new AgentError(rules.refusal, `the symbolic link ${quoted(path)} leads nowhere`);
    throw error;
  });
  if (!contains(rules.linksWithin, target)) throw new AgentError(rules.refusal, `the symbolic link ${quoted(path)} leads out of its folder`);
  return target;
}

function decodeName(bytes: Buffer, folder: Folder, rules: TreeRules): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new AgentError(rules.refusal, `a file name in the folder ${quoted(folder.prefix)} is not UTF-8`);
  }
}

function nameOfKind(kind: Dirent<Buffer> | Stats): string {
  if (kind.isFIFO()) return 'a named pipe';
  if (kind.isSocket()) return 'a socket';
  return 'a device';
}

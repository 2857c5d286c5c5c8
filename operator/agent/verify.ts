import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { z } from 'zod';
import type { Item, Message } from '../dataplane/message.ts';
import { singlePath } from '../dataplane/manifest.ts';
import { maxProfileBytes, profileLine, type VerifyTask } from '../dataplane/task.ts';
import { verifyArtifact } from './artifact.ts';
import { about, AgentError } from './failure.ts';
import { resolveLocation } from './location.ts';

type Task = z.infer<typeof VerifyTask>;
type ProfileOf = NonNullable<Task['profile']>;

/** Far above what any profile has. */
const maxFileBytes = 64 * 1024 * 1024;

/** Reads an artifact and its profile again; the profile is printed for the operator, who has no other way to it. */
export async function verify(task: Task, log: (line: string) => void): Promise<Message> {
  const bytes = await verifyArtifact(await resolveLocation(task.artifact), task.digest);
  const artifacts: Item[] = [{ name: 'artifact', digest: task.digest, bytes }];
  if (task.profile) artifacts.push(await about('profile', verifyProfile(task.profile, log)));
  return { artifacts, results: [] };
}

async function verifyProfile({ from, digest }: ProfileOf, log: (line: string) => void): Promise<Item> {
  const folder = await resolveLocation(from);
  const bytes = await verifyArtifact(folder, digest);
  log(`${profileLine}${bytes > maxFileBytes ? '' : await printed(folder)}`);
  return { name: 'profile', digest, bytes };
}

/** gzip as base64; nothing when it is too large. What Node.js compresses bears no time, so equal files are printed alike. */
async function printed(folder: string): Promise<string> {
  const file = await readFile(join(folder, 'files', singlePath)).catch(() => {
    throw new AgentError('DigestMismatch', 'it is not a single file');
  });
  const gzip = gzipSync(file, { level: 9 });
  return gzip.byteLength > maxProfileBytes ? '' : gzip.toString('base64');
}

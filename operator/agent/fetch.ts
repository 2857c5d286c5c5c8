import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestBytes, manifestDigest, singlePath, type Manifest } from '../dataplane/manifest.ts';
import type { Item, Message } from '../dataplane/message.ts';
import type { FetchTask } from '../dataplane/task.ts';
import type { z } from 'zod';
import { copyArtifact } from './artifact.ts';
import { about, AgentError, quoted } from './failure.ts';
import { entryOf, resolveLocation, type Location } from './location.ts';
import { copyFile, copyTree } from './transfer.ts';
import { listFiles } from './tree.ts';

type Task = z.infer<typeof FetchTask>;
type Input = Task['inputs'][number];

/** Prepares the folders of a step and its inputs. The kubelet may run it again in the same pod, so what an earlier attempt left is removed. */
export async function fetchInputs(task: Task, log: (line: string) => void): Promise<Message> {
  for (const folder of ['inputs', 'outputs', 'results', 'home', 'tmp']) {
    await rm(join(task.work, folder), { recursive: true, force: true });
    await mkdir(join(task.work, folder));
  }
  const artifacts: Item[] = [];
  for (const input of task.inputs) {
    const item = await about(`input ${input.name}`, fetchInput(input, entryOf(join(task.work, 'inputs'), input.name)));
    log(item ? `input ${input.name}: ${item.digest}, ${item.bytes} bytes` : `input ${input.name}: empty`);
    if (item) artifacts.push(item);
  }
  return { artifacts, results: [] };
}

/** Undefined for an input that is empty because there is nothing to fetch. */
async function fetchInput({ name, from, digest }: Input, target: string): Promise<Item | undefined> {
  if (!from) {
    await mkdir(target);
    return undefined;
  }
  const source = await resolveLocation(from);
  if (digest !== undefined) return { name, digest, bytes: await copyArtifact(source, digest, { path: target, asFolder: false }) };
  const manifest = await copyPlain(source, target, from);
  return { name, digest: manifestDigest(manifest), bytes: manifestBytes(manifest) };
}

/** Copies a file or folder that is no artifact; who writes there marks what is unfinished by a name that ends in .tmp. */
async function copyPlain(source: string, target: string, from: Location): Promise<Manifest> {
  const kind = await stat(source);
  if (kind.isFile()) return { kind: 'File', files: [{ path: singlePath, ...await copyFile(source, target, false) }] };
  if (!kind.isDirectory()) throw new AgentError('AccessDenied', `${quoted(from.path)} is neither a file nor a folder`);
  const linksWithin = await resolveLocation({ root: from.root, path: '' });
  const leaves = await listFiles(source, { linksWithin, leaveOut: (name) => name.endsWith('.tmp'), refusal: 'AccessDenied' });
  return { kind: 'Directory', files: await copyTree(leaves, target, false) };
}

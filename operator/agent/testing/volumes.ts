import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { decodeMessage, type Message } from '../../dataplane/message.ts';
import type { FetchTask, LoadTask, PublishTask, RecallTask, Task, VerifyTask } from '../../dataplane/task.ts';
import { artifactPath } from '../../dataplane/manifest.ts';
import { runAgent } from '../run.ts';
import type { z } from 'zod';

/** File contents by path. */
export type Tree = ReadonlyMap<string, Buffer>;
export interface Ended { readonly exitCode: number; readonly message: Message | undefined; readonly log: readonly string[] }

/** The volumes of a step's pod and of a serving pod, as folders of a temporary folder. */
export class Volumes {
  readonly root: string;
  readonly namespace = 'team';
  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<Volumes> {
    const volumes = new Volumes(await mkdtemp(join(tmpdir(), 'modelkeeper-agent-')));
    for (const name of ['store', 'claim', 'work', 'models']) await mkdir(join(volumes.root, name));
    return volumes;
  }

  path(...names: readonly string[]): string {
    return join(this.root, ...names);
  }

  artifact(digest: string, ...names: readonly string[]): string {
    return this.path('store', artifactPath(this.namespace, digest), ...names);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  async run(task: Task): Promise<Ended> {
    const terminationLog = this.path('termination-log');
    const log: string[] = [];
    const exitCode = await runAgent(task, { terminationLog, log: (line) => log.push(line) });
    return { exitCode, message: decodeMessage(await readFile(terminationLog, 'utf8')), log };
  }

  fetch(...inputs: z.infer<typeof FetchTask>['inputs']): Promise<Ended> {
    return this.run({ verb: 'fetch', work: this.path('work'), inputs });
  }

  fetchArtifact(digest: string): Promise<Ended> {
    return this.fetch({ name: 'in', from: this.location(digest), digest });
  }

  publish(changes: Partial<z.infer<typeof PublishTask>> = {}): Promise<Ended> {
    return this.run(this.publishTask(changes));
  }

  publishTask(changes: Partial<z.infer<typeof PublishTask>> = {}): z.infer<typeof PublishTask> {
    return { verb: 'publish', work: this.path('work'), outputs: ['out'], results: [], store: this.store, record: this.record, ...changes };
  }

  recall(record: z.infer<typeof RecallTask>['record'] = this.record): Promise<Ended> {
    return this.run({ verb: 'recall', store: this.store, record });
  }

  verify(digest: string, profile?: string): Promise<Ended> {
    const task: z.infer<typeof VerifyTask> = {
      verb: 'verify', artifact: this.location(digest), digest,
      ...(profile === undefined ? {} : { profile: { from: this.location(profile), digest: profile } }),
    };
    return this.run(task);
  }

  load(digest: string): Promise<Ended> {
    const task: z.infer<typeof LoadTask> = { verb: 'load', artifact: this.location(digest), digest, to: this.path('models') };
    return this.run(task);
  }

  /** Writes an output and publishes it; returns its digest. */
  async published(content: Tree | Buffer): Promise<string> {
    const out = this.path('work', 'outputs', 'out');
    await rm(out, { recursive: true, force: true });
    await mkdir(dirname(out), { recursive: true });
    if (Buffer.isBuffer(content)) await writeFile(out, content);
    else await writeTree(out, content);
    const { message } = await this.publish();
    const item = message?.artifacts[0];
    if (item === undefined) throw new Error(message?.error ?? 'no message');
    return item.digest;
  }

  private readonly record = { runUid: 'run-1', step: 'train', attempt: 1 };

  private get store(): { root: string; namespace: string } {
    return { root: this.path('store'), namespace: this.namespace };
  }

  private location(digest: string): { root: string; path: string } {
    return { root: this.path('store'), path: artifactPath(this.namespace, digest) };
  }
}

export async function writeTree(folder: string, tree: Tree): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, content] of tree) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export async function readTree(folder: string): Promise<Tree> {
  const tree = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) tree.set(path.slice(folder.length + 1), await readFile(path));
  }
  return tree;
}

export function treeOf(files: Readonly<Record<string, string>>): Tree {
  return new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
}

/** Names of whatever lies in a folder, sorted; empty when there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

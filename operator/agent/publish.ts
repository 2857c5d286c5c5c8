import { lstat, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { encodeMessage, type Item, type Message, type Result } from '../dataplane/message.ts';
import type { ExitReason, PublishTask } from '../dataplane/task.ts';
import { about, AgentError, hasCode } from './failure.ts';
import { entryOf } from './location.ts';
import { removeLeftovers, storeArtifact, storeRecord, type Store } from './store.ts';
import { listFiles } from './tree.ts';

type Task = z.infer<typeof PublishTask>;
/** Something that the step was to write: `<work>/<folder>/<name>`. */
interface Written { readonly folder: 'outputs' | 'results'; readonly name: string; readonly refusal: ExitReason }

const maxResultBytes = 32;

/** Stores the outputs of a step, reads its results, and leaves the message as the record of the attempt. */
export async function publishOutputs(task: Task, log: (line: string) => void): Promise<Message> {
  await removeLeftovers(task.store, Date.now());
  const results: Result[] = [];
  for (const name of task.results) results.push({ name, value: await readResult(task.work, name) });
  const artifacts: Item[] = [];
  for (const name of task.outputs) {
    const item = { name, ...await publishOutput(task.work, name, task.store) };
    log(`output ${name}: ${item.digest}, ${item.bytes} bytes`);
    artifacts.push(item);
  }
  const message = { artifacts, results };
  await storeRecord(task.store, task.record, encodeOrRefuse(message));
  return message;
}

async function publishOutput(work: string, name: string, store: Store): Promise<Omit<Item, 'name'>> {
  const refusal = 'OutputMissing';
  const source = await findWritten(work, { folder: 'outputs', name, refusal });
  const kind = await lstat(source);
  if (kind.isFile()) return storeArtifact(store, 'File', [{ path: name, source }]);
  if (!kind.isDirectory()) throw new AgentError(refusal, `output ${name} is neither a file nor a folder`);
  const leaves = await about(`output ${name}`, listFiles(source, { linksWithin: source, refusal }));
  return storeArtifact(store, 'Directory', leaves);
}

async function readResult(work: string, name: string): Promise<string> {
  const refusal = 'ResultInvalid';
  const source = await findWritten(work, { folder: 'results', name, refusal });
  if (!(await lstat(source)).isFile()) throw new AgentError(refusal, `result ${name} is not a file`);
  const value = decode(await readStart(source, 1_024))?.trim();
  if (value === undefined || /\p{Cc}/u.test(value) || Buffer.byteLength(value) > maxResultBytes) {
    throw new AgentError(refusal, `result ${name} is not one line of text of at most ${maxResultBytes} bytes`);
  }
  return value;
}

/** Refuses a path that has a symbolic link anywhere below work: the user's container could make it lead into the store. */
async function findWritten(work: string, { folder, name, refusal }: Written): Promise<string> {
  const path = entryOf(join(await realpath(work), folder), name);
  const real = await realpath(path).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw new AgentError(refusal, `the step did not write ${folder.slice(0, -1)} ${name}`);
    throw error;
  });
  if (real !== path) throw new AgentError(refusal, `${folder.slice(0, -1)} ${name} is reached through a symbolic link`);
  return real;
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Legal results full of quotation marks can be too long together once they are escaped. */
function encodeOrRefuse(message: Message): string {
  try {
    return encodeMessage(message);
  } catch {
    throw new AgentError('ResultInvalid', 'the results of the step are too long together');
  }
}

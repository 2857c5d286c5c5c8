import { writeFile } from 'node:fs/promises';
import { decodeMessage, encodeMessage, type Message } from '../dataplane/message.ts';
import { Task, taskVariable } from '../dataplane/task.ts';
import { AgentError, failureOf } from './failure.ts';
import { fetchInputs } from './fetch.ts';
import { loadArtifact } from './load.ts';
import { publishOutputs } from './publish.ts';
import { readRecord } from './store.ts';
import { verify } from './verify.ts';

export interface AgentIO {
  /** The file that the kubelet takes the container's termination message from. */
  readonly terminationLog: string;
  readonly log: (line: string) => void;
}

/** The task in the environment variable of an agent container; throws an AgentError of reason InvalidTask. */
export function parseTask(json: string | undefined): Task {
  if (json === undefined) throw new AgentError('InvalidTask', `${taskVariable} is not set`);
  try {
    return Task.parse(JSON.parse(json));
  } catch {
    throw new AgentError('InvalidTask', `${taskVariable} holds no task that this agent knows`);
  }
}

/** Does a task, writes the termination message, and returns the exit code. Never throws. */
export async function runAgent(task: Task, io: AgentIO): Promise<number> {
  // Other pods with the same fsGroup write to the same folders of the store, and servers may run under another uid.
  process.umask(0o002);
  try {
    const message = await perform(task, io);
    await writeMessage(message, io);
    return 0;
  } catch (error) {
    return reportFailure(error, io);
  }
}

/** Writes a failure as the termination message and returns its exit code. Never throws. */
export async function reportFailure(error: unknown, io: AgentIO): Promise<number> {
  const { exitCode, sentence } = failureOf(error);
  io.log(error instanceof AgentError ? sentence : `${sentence}: ${String(error)}`);
  await writeMessage({ artifacts: [], results: [], error: sentence }, io);
  return exitCode;
}

function perform(task: Task, io: AgentIO): Promise<Message> {
  switch (task.verb) {
    case 'fetch': return fetchInputs(task, io.log);
    case 'profile': return profile(task, io.log);
    case 'publish': return publishOutputs(task, io.log);
    case 'recall': return recall(task);
    case 'verify': return verify(task, io.log);
    case 'load': return loadArtifact(task);
  }
}

async function recall(task: Extract<Task, { verb: 'recall' }>): Promise<Message> {
  const message = decodeMessage(await readRecord(task.store, task.record));
  if (message === undefined) throw new AgentError('DigestMismatch', `the record of step ${task.record.step} was altered`);
  return message;
}

/** Only this verb needs a database, which takes time and memory to load. */
async function profile(task: Extract<Task, { verb: 'profile' }>, log: AgentIO['log']): Promise<Message> {
  const { writeProfile } = await import('./profile/profile.ts');
  return writeProfile(task, log);
}

/** The operator treats a lost message like a lost pod, so a message that cannot be written does not undo what was done. */
async function writeMessage(message: Message, io: AgentIO): Promise<void> {
  try {
    await writeFile(io.terminationLog, encodeMessage(message));
  } catch (error) {
    io.log(`the termination message was not written: ${String(error)}`);
  }
}

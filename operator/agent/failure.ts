import { exitCodes, type ExitReason } from '../dataplane/task.ts';

/** A failure with an exit code of its own; the message is one sentence for the person who reads the run. */
export class AgentError extends Error {
  readonly reason: ExitReason;

  constructor(reason: ExitReason, message: string) {
    super(message);
    this.name = 'AgentError';
    this.reason = reason;
  }
}

export interface Failure { readonly exitCode: number; readonly sentence: string }

/** For faults of the agent itself, which no exit code of the contract describes. */
const unexpectedExitCode = 1;

const meanings: Partial<Record<string, readonly [reason: ExitReason, words: string]>> = {
  ENOENT: ['NotFound', 'nothing is there'],
  ENOTDIR: ['NotFound', 'part of the path is not a folder'],
  EACCES: ['AccessDenied', 'permission denied'],
  EPERM: ['AccessDenied', 'operation not permitted'],
  ELOOP: ['AccessDenied', 'a symbolic link is in the way'],
  ENOSPC: ['StoreUnavailable', 'the volume is full'],
  EDQUOT: ['StoreUnavailable', 'the quota of the volume is used up'],
  EIO: ['StoreUnavailable', 'the volume failed'],
  ESTALE: ['StoreUnavailable', 'the server of the volume lost the file'],
  EROFS: ['StoreUnavailable', 'the volume is read-only'],
};

/** What the container exits with and says about an error. A failure of the file system that is not in the table may pass, so it is retryable. */
export function failureOf(error: unknown): Failure {
  if (error instanceof AgentError) return { exitCode: exitCodes[error.reason], sentence: error.message };
  if (!isSystemError(error)) return { exitCode: unexpectedExitCode, sentence: 'the agent failed unexpectedly; its log says more' };
  const [reason, words] = meanings[error.code] ?? ['StoreUnavailable', error.code];
  return { exitCode: exitCodes[reason], sentence: `${words} (${error.syscall} ${quoted(error.path ?? 'an open file')})` };
}

/** Waits for work and says in its failure what the work was about. */
export async function about<T>(subject: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof AgentError ? new AgentError(error.reason, `${subject}: ${error.message}`) : error;
  }
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return isSystemError(error) && codes.includes(error.code);
}

/** File names may hold line breaks and worse; in a sentence they appear escaped. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

function isSystemError(error: unknown): error is { code: string; syscall: string; path?: string } {
  return typeof error === 'object' && error !== null && 'code' in error && 'syscall' in error && typeof error.code === 'string';
}

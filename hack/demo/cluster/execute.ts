import { spawn } from 'node:child_process';

/** A program ended with another exit code than 0. The message holds the end of what it said. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Somebody asked the demo to stop. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

export interface Execution {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end and returns its standard output. */
export async function execute(program: string, args: readonly string[], options: Execution = {}): Promise<string> {
  const { env, input = '', timeoutMs = 60_000, signal } = options;
  if (signal?.aborted) throw new Interrupted();
  // Detached, because Ctrl-C reaches every process of the terminal's group, and what cleans up must not end by it.
  const child = spawn(program, args, { env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  child.stdin.on('error', () => undefined); // It ended without reading; its exit code tells why.
  child.stdin.end(input);
  const stop = (): boolean => child.kill();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code === 0) return out.join('');
    if (signal?.aborted) throw new Interrupted();
    const why = code === null ? `was stopped after ${timeoutMs / 1_000} s` : `exit code ${code}`;
    throw new CommandFailed(`${program.split('/').at(-1) ?? ''} ${args.join(' ')}: ${why}\n${lastLines(`${out.join('')}${err.join('')}`, 15)}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from './errno.ts';

export interface Command {
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
}

/** A command that was started, and may have ended. */
export interface Started {
  readonly name: string;
  readonly log: string;
  readonly exited: () => boolean;
}

export interface Running extends Started {
  /** Asks it to end, and kills it when it has not after `graceMs`. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** `pid:start time`: a pid alone may by now belong to another process. */
export function identity(pid: number): string {
  return `${String(pid)}:${startTime(pid) ?? ''}`;
}

/** Whether the process that `identity` named still runs. */
export function isAlive(owner: string): boolean {
  const pid = Number.parseInt(owner, 10);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  return identity(pid) === owner;
}

/** Starts `command` so that it dies with this process, however this process dies. */
export function startTethered(command: Command, tether: string, log: string): Running {
  const out = openSync(log, 'a');
  const child = spawn(tether, [command.binary, ...command.args], { stdio: ['pipe', out, out] });
  closeSync(out);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  let exited = false;
  void ended.then(() => { exited = true; });
  child.stdin?.on('error', () => { exited = true; });
  child.unref();
  return {
    name: command.name,
    log,
    exited: () => exited,
    stop: async (graceMs) => {
      child.ref();
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
      child.stdin?.end();
      await ended;
    },
  };
}

/** Starts `command` in a session of its own, so that it goes on when this process has ended. */
export function startDetached(command: Command, env: Readonly<Record<string, string>>, log: string): Started {
  const out = openSync(log, 'a');
  const child = spawn(command.binary, command.args, { stdio: ['ignore', out, out], detached: true, env: { ...process.env, ...env } });
  closeSync(out);
  let exited = false;
  child.once('exit', () => { exited = true; });
  child.once('error', () => { exited = true; });
  child.unref();
  return { name: command.name, log, exited: () => exited };
}

/** The processes that were started with `variable` in their environment, and those that they started. Linux only. */
export function processesWith(variable: string): readonly number[] {
  return readdirSync('/proc').map(Number).filter((pid) => Number.isInteger(pid) && hasVariable(pid, variable));
}

function hasVariable(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').split('\0').some((entry) => entry.startsWith(`${variable}=`));
  } catch {
    return false; // It has ended meanwhile, or is another user's.
  }
}

export function lastLines(log: string, count = 12): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Field 22 of /proc/PID/stat, counted behind the command's name because that may contain blanks. Linux only. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

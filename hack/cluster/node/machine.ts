import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Administrators' commands are not in everybody's PATH. */
export const systemPath = [process.env.PATH, '/usr/sbin', '/sbin', '/usr/local/sbin'].join(delimiter);

/** Runs a command of the machine and returns what it printed; its failure is an error with what it said. */
export function machine(command: string, args: readonly string[], input = ''): string {
  const done = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 2 ** 26, env: { ...process.env, PATH: systemPath } });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${done.error?.message ?? done.stderr.trim()}`);
  return done.stdout;
}

export function findCommand(name: string): string | undefined {
  return systemPath.split(delimiter).map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

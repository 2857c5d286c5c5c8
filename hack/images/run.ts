import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const linesShownOnFailure = 25;

interface RunOptions {
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}

/** Runs a command to its end and returns its standard output; the error of a failed one carries its last lines. */
export async function run(command: readonly string[], { env, onLine }: RunOptions = {}): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  const tail: string[] = [];
  const note = (line: string): void => {
    tail.push(line);
    if (tail.length > linesShownOnFailure) tail.shift();
    onLine?.(line);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    output.push(line);
    note(line);
  });
  createInterface({ input: child.stderr }).on('line', note);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) {
    throw new Error(`this command failed (${code === null ? 'killed' : `exit code ${code}`}): ${command.join(' ')}\n${tail.join('\n')}`);
  }
  return output.join('\n');
}

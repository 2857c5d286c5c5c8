import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries } from '../../../hack/cluster/binaries.ts';
import { bundle } from '../../../hack/images/context.ts';
import { repository } from '../../../hack/images/paths.ts';

/** The operator as its image has it, in a folder of its own. */
export interface Built {
  readonly program: string;
  readonly tether: string;
  remove(): void;
}

/** Bundles the operator as the build of its image does. `entry` may lie in a copy of the sources. */
export async function build(entry = join(repository, 'operator/main.ts')): Promise<Built> {
  const { tether } = await ensureBinaries(['tether'], () => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'modelkeeper-built-'));
  await bundle(entry, folder);
  return { program: join(folder, 'modelkeeper.mjs'), tether, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A process of the operator. It dies with this process, however this process dies. */
export interface OperatorProcess {
  /** Its exit code; 1 after a signal. */
  readonly ended: Promise<number>;
  /** What it has logged so far. */
  readonly log: () => string;
  signal(name: NodeJS.Signals): void;
}

/** Gives the process its own pid to print first: the tether between us has another one. */
const shell = ['/bin/sh', '-c', 'echo $$; exec "$0" "$@"'];

export async function startProcess({ program, tether }: Built, environment: Readonly<Record<string, string>>): Promise<OperatorProcess> {
  const child = spawn(tether, [...shell, process.execPath, program, 'operator'], { stdio: ['pipe', 'pipe', 'pipe'], env: environment });
  const said: string[] = [];
  const started = Promise.withResolvers<number>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      const [first = ''] = said.join('').split('\n', 1);
      if (/^\d+$/.test(first)) started.resolve(Number(first));
    });
  }
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  let over = false;
  void ended.then(() => { over = true; });
  child.once('error', (error) => started.reject(error));
  const pid = await started.promise;
  return {
    ended,
    log: () => said.join('').split('\n').slice(1).join('\n'),
    signal: (name) => {
      if (!over) send(pid, name);
    },
  };
}

/** A process that has ended is told of by its tether, a moment later. */
function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error;
  }
}

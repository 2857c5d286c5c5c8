import { join } from 'node:path';
import type { Progress } from '../../cluster/binaries.ts';
import { cacheDir } from '../../cluster/paths.ts';
import { bundle } from '../../images/context.ts';

/** How to start a process. It gets KUBECONFIG, WORKERS and METRICS_PORT beside `env`. */
export interface ContenderCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A controller of Widgets in a process of its own. It prints `synced` on a line when its caches are filled, and ends on
 * SIGTERM. What it has to do is said in docs/benchmarks.md, and is the same for all.
 */
export interface Contender {
  readonly name: string;
  /** How many objects it reconciles at a time. */
  readonly workers: number;
  /** Does the same writes without looking after anything: how fast a controller could be, and no contender. */
  readonly ceiling?: true;
  /** Left out unless it is asked for by name. */
  readonly optional?: true;
  /** Builds or installs what the command needs. */
  readonly prepare: (progress: Progress) => Promise<void>;
  readonly command: () => ContenderCommand;
}

/** `NAME-WORKERS`, as it is asked for and reported. */
export function labelOf({ name, workers }: Pick<Contender, 'name' | 'workers'>): string {
  return `${name}-${workers}`;
}

/** Of the operator's image. */
export const imageEnv = { NODE_ENV: 'production', MALLOC_ARENA_MAX: '2' };

/** A file of this folder, bundled and run as the operator is in its image, under the Node that runs the bench. */
export function bundled(file: string, env: Readonly<Record<string, string>> = {}): Pick<Contender, 'prepare' | 'command'> {
  const folder = join(cacheDir, 'bench-bundles', file.replace(/\W+/g, '-'));
  return {
    prepare: () => bundle(join(import.meta.dirname, file), folder),
    command: () => ({ file: process.execPath, args: [join(folder, 'modelkeeper.mjs')], env: { ...imageEnv, ...env } }),
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { cacheDir } from '../../cluster/paths.ts';
import { freePorts } from '../../cluster/ports.ts';
import { lastLines } from '../../cluster/processes.ts';
import { bundle } from '../../images/context.ts';
import { imageEnv } from '../contenders/contender.ts';
import { metric } from '../engine/subject.ts';
import { usageOf, type Usage } from '../engine/usage.ts';

/** The operator as a process of its own, bundled and started as in its image. */
export interface OperatorProcess {
  readonly usage: () => Usage;
  readonly metrics: () => Promise<string>;
  /** Milliseconds from its start until its caches were filled. */
  readonly synced: () => Promise<number>;
  /** Resolves when it leads. */
  readonly leads: () => Promise<void>;
  /** Resolves when it leads and has nothing left to do. */
  readonly settled: () => Promise<void>;
  /** Rejected when it ends unasked, with the end of its log. */
  readonly ended: Promise<never>;
  readonly stop: () => Promise<void>;
}

const main = join(import.meta.dirname, '../../../operator/main.ts');
const folderOfBundle = join(cacheDir, 'bench-bundles', 'operator');
export const operatorNamespace = 'modelkeeper-system';

/** Returns what starts it. */
export async function bundledOperator(): Promise<typeof start> {
  await bundle(main, folderOfBundle);
  return start;
}

async function start(kubeconfig: string, folder: string): Promise<OperatorProcess> {
  const [port = 0] = await freePorts(1);
  const logFile = join(folder, 'operator.log');
  const log = openSync(logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(folderOfBundle, 'modelkeeper.mjs'), 'operator'], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env, ...imageEnv, KUBECONFIG: kubeconfig, MODELKEEPER_IMAGE: 'modelkeeper:bench', MODELKEEPER_MLSERVER_IMAGE: 'mlserver:bench', MODELKEEPER_NAMESPACE: operatorNamespace,
      MODELKEEPER_METRICS_HOST: '127.0.0.1', MODELKEEPER_METRICS_PORT: String(port), MODELKEEPER_LOG_LEVEL: 'warn',
    },
  });
  closeSync(log);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the operator ended with code ${String(code)}. The end of its log:\n${lastLines(logFile)}`);
  });
  // It also ends because it was asked to.
  ended.catch(() => undefined);
  const get = async (path: string): Promise<string | undefined> => {
    if (child.exitCode !== null) return ended;
    try {
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, { headersTimeout: 300_000 });
      const text = await body.text();
      return statusCode === 200 ? text : undefined;
    } catch {
      return undefined;
    }
  };
  const metrics = async (): Promise<string> => await get('/metrics') ?? '';
  return {
    usage: () => usageOf(child.pid ?? 0),
    metrics,
    synced: async () => {
      while (await get('/readyz') === undefined) await sleep(20);
      return performance.now() - startedAt;
    },
    leads: async () => {
      while (metric(await metrics(), 'leader_election_master_status') !== 1) await sleep(100);
    },
    settled: () => settled(metrics),
    ended,
    stop: async () => {
      process.off('exit', endWithUs);
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
    },
  };
}

/** Three looks in a row that find it leading, nothing waiting, and no pass made since the last one. */
async function settled(metrics: () => Promise<string>): Promise<void> {
  let passes = -1;
  let quiet = 0;
  while (quiet < 3) {
    await sleep(500);
    const text = await metrics();
    const now = passesIn(text);
    const working = waiting(text) + (metric(text, 'controller_runtime_active_workers') ?? 0);
    const rests = metric(text, 'leader_election_master_status') === 1 && working === 0 && now === passes;
    quiet = rests ? quiet + 1 : 0;
    passes = now;
  }
}

/** Passes over objects so far. */
export function passesIn(text: string): number {
  return metric(text, 'controller_runtime_reconcile_total') ?? 0;
}

/** Keys in the work queues. */
export function waiting(text: string): number {
  return metric(text, 'workqueue_depth') ?? 0;
}

/** Requests that changed something, but for those of the Lease, which is renewed by PUT. */
export function writes(text: string): number {
  return (['PATCH', 'POST', 'DELETE'] as const).reduce((sum, method) => sum + requests(text, method), 0);
}

export function requests(text: string, method: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith('rest_client_requests_total{') && line.includes(`method="${method}"`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

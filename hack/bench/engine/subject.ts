import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { ensureBinaries } from '../../cluster/binaries.ts';
import { freePorts } from '../../cluster/ports.ts';
import { lastLines } from '../../cluster/processes.ts';
import type { Contender } from '../contenders/contender.ts';
import { childrenOf, usageOf, type Usage } from './usage.ts';

/** The process of a contender, whose caches are filled. */
export interface Subject {
  /** From its start until its caches were filled. */
  readonly syncedMs: number;
  readonly usage: () => Usage;
  /** Text of its metrics; undefined when it has none. */
  readonly metrics: () => Promise<string | undefined>;
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void;
  /** Ends it as a crash does. */
  readonly kill: () => Promise<void>;
}

const longestStartMs = 120_000;

/** It dies with this process, however this process dies. */
export async function startSubject(contender: Contender, kubeconfig: string, folder: string): Promise<Subject> {
  const { tether } = await ensureBinaries(['tether'], () => undefined);
  const [port = 0] = await freePorts(1);
  const { file, args, env } = contender.command();
  const log = join(folder, 'contender.log');
  const errors = openSync(log, 'a');
  const startedAt = performance.now();
  const child = spawn(tether, [file, ...args], {
    stdio: ['pipe', 'pipe', errors],
    env: { ...process.env, ...env, KUBECONFIG: kubeconfig, WORKERS: String(contender.workers), METRICS_PORT: String(port) },
  });
  closeSync(errors);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a process was started without pipes');
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const output = createInterface(stdout);
  const synced = new Promise<void>((resolve) => output.on('line', (line) => { if (line.trim() === 'synced') resolve(); }));
  const timer = setTimeout(() => stdin.end(), longestStartMs);
  const first = await Promise.race([synced.then(() => 'synced'), ended.then(() => 'ended')]);
  clearTimeout(timer);
  if (first === 'ended') throw new Error(`${contender.name} ended before its caches were filled. The end of ${log}:\n${lastLines(log)}`);
  const [pid = 0] = childrenOf(child.pid ?? 0);
  return {
    syncedMs: performance.now() - startedAt,
    usage: () => usageOf(pid),
    metrics: () => metricsAt(port),
    signal: (name) => process.kill(pid, name),
    kill: async () => {
      stdin.end();
      await ended;
    },
  };
}

async function metricsAt(port: number): Promise<string | undefined> {
  try {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/metrics`);
    const text = await body.text();
    return statusCode === 200 ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Sum of the series of a metric. */
export function metric(text: string | undefined, name: string): number | undefined {
  const values = [...(text ?? '').matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))].map(([, value]) => Number(value));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** Since the metrics were last read, where the contender tells it. */
export function eventLoopP99Ms(text: string | undefined): number | undefined {
  const seconds = metric(text, 'nodejs_eventloop_lag_p99_seconds');
  return seconds === undefined ? undefined : seconds * 1_000;
}

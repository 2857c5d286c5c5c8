import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { features, type Usage } from './server.ts';

const kinds = ['bare', 'router', 'capture'] as const;
type Kind = (typeof kinds)[number];

const titles: Readonly<Record<Kind, string>> = {
  bare: 'node:http and undici alone',
  router: 'router without capture',
  capture: 'router with capture',
};

interface Load {
  readonly title: string;
  readonly connections: number;
  /** Between two requests of one connection. */
  readonly pauseMs: number;
  readonly requests: number;
  readonly rounds: number;
}

const loads: readonly Load[] = [
  { title: '16 connections, as fast as they go', connections: 16, pauseMs: 0, requests: 1_600, rounds: 31 },
  { title: '4 connections, each waiting 20 ms after an answer', connections: 4, pauseMs: 20, requests: 400, rounds: 15 },
];

interface Measured {
  readonly child: ChildProcess;
  readonly pool: Pool;
}

const row = JSON.stringify({
  inputs: [{ name: 'features', shape: [1, features.length], datatype: 'FP64', data: features.map((_, i) => ((i * 7_919) % 1_000) / 1_000 + 0.000_123_456_789) }],
});

/** Processor time of a router for each request, without capture and with it, in turns, beside the least that a proxy can do. */
export async function bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const children: ChildProcess[] = [];
  const serve = async (...argv: string[]): Promise<{ child: ChildProcess; address: string }> => {
    const child = fork(new URL('server.ts', import.meta.url), argv);
    children.push(child);
    const [port] = await once(child, 'message') as [number];
    return { child, address: `127.0.0.1:${port}` };
  };
  try {
    const model = await serve('model');
    const servers = new Map<Kind, Measured>();
    for (const kind of kinds) {
      const { child, address } = await serve(kind, model.address, folder);
      servers.set(kind, { child, pool: new Pool(`http://${address}`, { connections: 16, pipelining: 1 }) });
    }
    for (const load of loads) await measure(load, servers);
  } finally {
    for (const child of children) child.disconnect();
    await rm(folder, { recursive: true });
  }
}

async function measure(load: Load, servers: ReadonlyMap<Kind, Measured>): Promise<void> {
  console.log(`\n${load.title}: ${load.rounds} rounds of ${load.requests} requests each, 1 row of ${features.length} features, ${row.length} bytes`);
  const costs = new Map<Kind, Usage[]>(kinds.map((kind) => [kind, []]));
  // The first round warms up.
  for (let round = 0; round <= load.rounds; round += 1) {
    for (const [kind, server] of servers) {
      const cost = await costOf(server, load);
      if (round > 0) costs.get(kind)?.push(cost);
    }
  }
  print(costs, load);
}

async function costOf({ child, pool }: Measured, load: Load): Promise<Usage> {
  const before = await usageOf(child);
  await send(pool, load);
  // What is gathered and reported belongs to these requests.
  await pause(200);
  const after = await usageOf(child);
  const each = (key: keyof Usage): number => (after[key] - before[key]) / load.requests;
  return { main: each('main'), thread: each('thread'), process: each('process'), rows: each('rows') };
}

async function usageOf(child: ChildProcess): Promise<Usage> {
  child.send('usage');
  const [usage] = await once(child, 'message') as [Usage];
  return usage;
}

async function send(pool: Pool, { connections, pauseMs, requests }: Load): Promise<void> {
  await Promise.all(Array.from({ length: connections }, async () => {
    for (let i = 0; i < requests / connections; i += 1) {
      const { statusCode, body } = await pool.request({ method: 'POST', path: '/v2/models/m/infer', headers: { 'content-type': 'application/json' }, body: row });
      await body.dump();
      if (statusCode !== 200) throw new Error(`a request was answered with ${statusCode}`);
      if (pauseMs > 0) await pause(pauseMs);
    }
  }));
}

function print(costs: ReadonlyMap<Kind, readonly Usage[]>, { requests }: Load): void {
  const table = new Map([...costs].map(([kind, rounds]) => [titles[kind], {
    'main thread': microseconds(rounds.map(({ main }) => main)),
    'counting thread': microseconds(rounds.map(({ thread }) => thread)),
    'whole process': microseconds(rounds.map((usage) => usage.process)),
    'rows counted': Math.round(median(rounds.map(({ rows }) => rows)) * requests),
  }]));
  console.log('µs of CPU for each request, median of the rounds');
  console.table(Object.fromEntries(table));
  const [off = [], on = []] = [costs.get('router'), costs.get('capture')];
  const added = (key: keyof Usage): number => microseconds(on.map((usage, round) => usage[key] - (off[round]?.[key] ?? 0)));
  console.log(`capture adds ${added('main')} µs on the main thread and ${added('process')} µs in all (median of the differences)`);
}

function microseconds(values: readonly number[]): number {
  return Math.round(median(values) * 10) / 10;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] ?? 0 : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

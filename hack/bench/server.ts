import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Pool, request } from 'undici';
import type { RouterConfig } from '../../operator/dataplane/routing.ts';
import type { Bins } from '../../operator/profile/format.ts';
import { captureThread } from '../../operator/router/capture/thread.ts';
import { startRouter } from '../../operator/router/router.ts';

/** Processor time of a server so far, in microseconds, and the rows that it has counted. */
export interface Usage {
  readonly main: number;
  readonly thread: number;
  readonly process: number;
  readonly rows: number;
}

export const features: readonly Bins[] = Array.from({ length: 30 }, (_, feature) => ({
  type: 'Numeric', name: `f${feature}`, edges: Array.from({ length: 99 }, (_edge, i) => (i + 1) / 100), atoms: [],
}));

interface Server {
  readonly port: number;
  readonly usage: () => Promise<Usage>;
}

const spent = ({ user, system }: { readonly user: number; readonly system: number }): number => user + system;
const ownUsage = (): Usage => ({ main: spent(process.threadCpuUsage()), thread: 0, process: spent(process.cpuUsage()), rows: 0 });

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { port: (server.address() as AddressInfo).port, usage: () => Promise.resolve(ownUsage()) };
}

function startModel(): Promise<Server> {
  const answer = JSON.stringify({ model_name: 'm', outputs: [{ name: 'predict', datatype: 'INT64', shape: [1, 1], data: [1] }] });
  return listen((req, res) => {
    req.resume().on('end', () => res.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer));
  });
}

/** The least that a proxy of node:http and undici does. */
function startBare(model: string): Promise<Server> {
  const pool = new Pool(`http://${model}`, { connections: 128, pipelining: 1 });
  return listen((req, res) => {
    const { connection: _connection, ...headers } = req.headers;
    pool.stream({ method: 'POST', path: req.url ?? '/', headers, body: req, opaque: res }, ({ statusCode, headers: received }) => {
      res.writeHead(statusCode, received);
      return res;
    }).catch(() => res.destroy());
  });
}

async function startMeasured(model: string, folder: string, capture: boolean): Promise<Server> {
  const file = join(folder, `router-${capture}.json`);
  const threads: Worker[] = [];
  const config: RouterConfig = {
    epoch: 1, revision: 'r', namespace: 'ns', deployment: 'm', protocol: 'V2', feedback: false, window: 'w',
    targets: [{ version: 'v1', weight: 100, endpoints: [], service: model }],
    ...(capture ? { capture: { paneMs: 300_000, sampleRate: 1, baselines: [{ version: 'v1', digest: `sha256:${'a'.repeat(64)}`, features: [...features] }] } } : {}),
  };
  await writeFile(file, JSON.stringify({ publicKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }), config }));
  const { ports } = await startRouter({
    file, podUid: 'bench', host: '127.0.0.1', ports: { inference: 0, metrics: 0, admin: 0 }, now: () => Date.now(),
    log: { info: () => undefined, warn: console.error, error: console.error },
    startThread: () => {
      const thread = new Worker(new URL('../../operator/main.ts', import.meta.url), captureThread);
      threads.push(thread);
      return thread;
    },
  });
  return { port: ports.inference, usage: () => routerUsage(ports.metrics, threads) };
}

async function routerUsage(metricsPort: number, threads: readonly Worker[]): Promise<Usage> {
  const [times, { body }] = await Promise.all([Promise.all(threads.map((thread) => thread.cpuUsage())), request(`http://127.0.0.1:${metricsPort}/metrics`)]);
  const rows = Number(/^modelkeeper_router_capture_rows_total\{.*\} (\d+)$/m.exec(await body.text())?.[1] ?? 0);
  return { ...ownUsage(), thread: times.reduce((sum, time) => sum + spent(time), 0), rows };
}

function start([kind, model = '', folder = '']: readonly string[]): Promise<Server> {
  if (kind === 'model') return startModel();
  return kind === 'bare' ? startBare(model) : startMeasured(model, folder, kind === 'capture');
}

if (process.send !== undefined) {
  const server = await start(process.argv.slice(2));
  process.on('message', () => void server.usage().then((usage) => process.send?.(usage)));
  process.on('disconnect', () => process.exit());
  process.send(server.port);
}

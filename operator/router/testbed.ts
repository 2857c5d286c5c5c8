import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Agent, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import type { RouterConfig, Summary, Target } from '../dataplane/routing.ts';
import { signatureHeader, signRequest, timeHeader } from '../dataplane/signature.ts';
import { captureThread } from './capture/thread.ts';
import { startRouter, type Router } from './router.ts';
import type { Limits } from './settings.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
  readonly agent?: Agent;
}

/** One request on a connection of its own unless there is an agent; rejects when the connection fails. */
export function send(port: number, { method = 'POST', path = '/v2/models/m/infer', headers = {}, body, agent }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, method, path, headers, agent: agent ?? false }, (res) => {
      buffer(res).then((bytes) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: bytes }), reject);
    });
    req.on('error', reject);
    req.end(body);
  });
}

export interface Model {
  readonly address: string;
  /** Requests that reached it. */
  readonly count: () => number;
  /** Cuts all connections and refuses new ones. */
  readonly kill: () => Promise<void>;
}

const cleanups: (() => Promise<void>)[] = [];

/** Ends what a test has started; for `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanups.splice(0).reverse()) await end();
}

export async function startModel(listener: RequestListener): Promise<Model> {
  let count = 0;
  const server = createServer((req, res) => {
    count += 1;
    listener(req, res);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', () => resolve()); });
  const kill = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  cleanups.push(kill);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count, kill };
}

/** A model that answers every request with this JSON. */
export function answering(content: unknown): RequestListener {
  const text = JSON.stringify(content);
  return (req, res) => {
    req.resume().on('end', () => res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text));
  };
}

export function predictions(data: readonly unknown[]): unknown {
  return { model_name: 'm', outputs: [{ name: 'predict', datatype: 'INT64', shape: [data.length, 1], data }] };
}

/** `ip:port` on which nothing listens. */
export async function deadAddress(): Promise<string> {
  const model = await startModel(() => undefined);
  await model.kill();
  return model.address;
}

export function target(version: string, weight: number, ...endpoints: string[]): Target {
  return { version, weight, endpoints, service: '127.0.0.1:1' };
}

export function config(targets: Target[], change: Partial<RouterConfig> = {}): RouterConfig {
  return { epoch: 1, revision: 'r', namespace: 'ns', deployment: 'churn', protocol: 'V2', feedback: true, window: 'w', targets, ...change };
}

export interface Bed extends Router {
  /** Sends to `path` what is signed for `signedPath`, the same unless it is given. */
  readonly signAndSend: (signed: { method: string; path: string; signedPath?: string; body?: string; timeMs?: number; key?: KeyObject }) => Promise<Reply>;
  readonly push: (config: RouterConfig) => Promise<Reply>;
  readonly summary: () => Promise<Summary>;
  readonly metrics: () => Promise<string>;
  readonly clock: { ms: number };
  /** The threads that it has started to count requests, the last one at the end. */
  readonly threads: readonly Worker[];
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const main = new URL('../main.ts', import.meta.url);
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A router on free ports that works by `coldStart` until a push. */
export async function startBed(coldStart: RouterConfig, limits: Partial<Limits> = {}): Promise<Bed> {
  const folder = await mkdtemp(join(tmpdir(), 'router-'));
  const file = join(folder, 'router.json');
  await writeFile(file, JSON.stringify({ publicKey: publicKey.export({ type: 'spki', format: 'pem' }), config: coldStart }));
  const clock = { ms: 1_800_000_000_000 };
  const threads: Worker[] = [];
  const router = await startRouter({
    file, podUid: 'pod-1', host: '127.0.0.1', ports: { inference: 0, metrics: 0, admin: 0 }, log: silent, now: () => clock.ms,
    startThread: () => {
      const thread = new Worker(main, captureThread);
      threads.push(thread);
      return thread;
    },
    limits: { lingerMs: 200, pullMs: 0, firstPullMs: 0, ...limits },
  });
  cleanups.push(async () => {
    await router.close();
    await rm(folder, { recursive: true });
  });
  const signAndSend: Bed['signAndSend'] = ({ method, path, signedPath = path, body = '', timeMs = (clock.ms += 1), key = privateKey }) => send(router.ports.admin, {
    method, path, body, headers: { [timeHeader]: String(timeMs), [signatureHeader]: signRequest({ method, path: signedPath, body, timeMs }, key) },
  });
  return {
    ...router,
    clock,
    threads,
    signAndSend,
    push: (pushed) => signAndSend({ method: 'PUT', path: '/config', body: JSON.stringify(pushed) }),
    summary: async () => JSON.parse((await signAndSend({ method: 'GET', path: '/summary' })).body.toString()) as Summary,
    metrics: async () => (await send(router.ports.metrics, { method: 'GET', path: '/metrics' })).body.toString(),
  };
}

/** A router that sends everything to these targets. */
export async function startServing(targets: Target[], limits: Partial<Limits> = {}): Promise<Bed> {
  const bed = await startBed(config([]), limits);
  await bed.push(config(targets));
  return bed;
}

export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => { socket.once('close', () => resolve()); });
}

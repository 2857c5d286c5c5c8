import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { parse, stringify } from 'yaml';
import { Connections, type Incoming, type Outgoing, type Send } from '../../../operator/kube/connections.ts';
import { Credentials, loadConfig } from '../../../operator/kube/credentials.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import { silent } from '../../integration/apiserver.ts';
import { issue, type Issued } from '../../receivers/certificate.ts';

const host = '127.0.0.1';
const passedOn = ['accept', 'authorization', 'content-type', 'user-agent'] as const;
/** Longer than any client waits for an answer. */
const longestMs = 120_000;

export interface ProxyOptions {
  /** Any kubeconfig that leads to the API server. */
  readonly kubeconfig: string;
  /** Wraps the function that all requests pass, as in the operator itself. What it throws resets the connection. */
  readonly intercept: (send: Send) => Send;
}

/**
 * The API server as one operator process sees it, over TLS. It adds no credentials. A write that has been passed on is
 * not called back when the process dies: what has been sent is on its way.
 */
export class FaultProxy {
  readonly #tls: Issued = issue(host);
  readonly #folder = mkdtempSync(join(tmpdir(), 'modelkeeper-fault-proxy-'));
  readonly #connections: Connections;
  readonly #server: Server;
  readonly #sockets = new Map<number | undefined, Socket>();
  readonly #send: Send;

  static async open(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve));
    return proxy;
  }

  private constructor({ kubeconfig, intercept }: ProxyOptions) {
    const file = this.#write('upstream', anonymous(readFileSync(kubeconfig, 'utf8')));
    this.#connections = new Connections({ credentials: new Credentials(() => loadConfig({ file })), recorder: silent, watchIdleMs: longestMs });
    this.#send = intercept((request) => this.#forward(request));
    this.#server = createServer({ cert: this.#tls.cert, key: this.#tls.key }, (request, response) => void this.#answer(request, response));
    this.#server.keepAliveTimeout = longestMs;
    this.#server.on('connection', (socket) => {
      if (!(socket instanceof Socket)) return;
      const { remotePort } = socket;
      this.#sockets.set(remotePort, socket);
      socket.once('close', () => this.#sockets.delete(remotePort));
    });
  }

  get address(): string {
    return `https://${host}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Path of a kubeconfig for whoever has this token. The address may be that of something in front of this proxy. */
  kubeconfig(token: string, address = this.address): string {
    return this.#write('client', stringify({
      apiVersion: 'v1', kind: 'Config', 'current-context': 'proxy',
      clusters: [{ name: 'proxy', cluster: { server: address, 'certificate-authority-data': Buffer.from(this.#tls.authority).toString('base64') } }],
      users: [{ name: 'operator', user: { token } }],
      contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'operator' } }],
    }));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#connections.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #forward(request: Outgoing): Promise<Incoming> {
    return this.#connections.send(request.method === 'GET' ? request : { ...request, signal: AbortSignal.timeout(longestMs) });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the client has gone')));
    try {
      const { status, retryAfter, date, body } = await this.#send(await outgoing(request, gone.signal));
      response.writeHead(status, { 'content-type': 'application/json', ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }), ...(date === undefined ? {} : { date }) });
      response.flushHeaders();
      await pipeline(body, response);
    } catch {
      // A client that has gone has no socket any more.
      this.#sockets.get(request.socket.remotePort)?.resetAndDestroy();
    }
  }

  #write(name: string, content: string): string {
    const file = join(this.#folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }
}

async function outgoing(request: IncomingMessage, signal: AbortSignal): Promise<Outgoing> {
  const { url: path = '/', headers } = request;
  const method = request.method as Outgoing['method'];
  const body = await text(request);
  return {
    method, path, signal,
    headers: Object.fromEntries(passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
    stream: path.includes('watch=true'),
    ...(body === '' ? {} : { body }),
  };
}

/** The same kubeconfig with nobody's credentials. */
function anonymous(kubeconfig: string): string {
  const config = asRecord(parse(kubeconfig)) ?? {};
  return stringify({ ...config, users: asItems(config['users']).map((entry) => ({ ...asRecord(entry), user: {} })) });
}

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { feedbackPath, inferenceIdHeader } from '../../../operator/dataplane/routing.ts';

/** Rows of one request, and requests a second. */
const rows = 10;
const everyMs = 50;

interface ModelServerOptions {
  readonly port?: number;
  /** Whether the pod with this address answers a request with 500. */
  readonly fails?: (address: string) => boolean;
}

/** The model server of every model pod: all addresses of pods are this machine. Whatever is above 80 is fraud. */
export async function modelServer({ port = 0, fails = () => false }: ModelServerOptions = {}): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer((req, res) => void json(req).then((body) => {
    if (fails(req.socket.localAddress ?? '')) {
      res.writeHead(500).end();
      return;
    }
    const [amounts] = (body as { inputs: { data: (number | null)[] }[] }).inputs;
    const classes = (amounts?.data ?? []).map((amount) => ((amount ?? 0) > 80 ? 1 : 0));
    const text = JSON.stringify({ model_name: 'fraud', outputs: [{ name: 'predict', shape: [classes.length], datatype: 'INT64', data: classes }] });
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
  }));
  server.listen(port, '0.0.0.0');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Clients of one deployment. Each request has ten rows, and is followed by its labels. */
export class Clients {
  /** Amounts are as they were when the first model was trained, or large ones only, or left out; none: no requests. */
  amounts: 'usual' | 'large' | 'missing' | 'none' = 'usual';
  sent = 0;
  failed = 0;
  readonly #routers: () => readonly string[];
  #running = true;
  readonly #loop: Promise<void>;

  constructor(routers: () => readonly string[]) {
    this.#routers = routers;
    this.#loop = this.#send();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
  }

  async #send(): Promise<void> {
    for (let turn = 0; this.#running; turn += 1) {
      const [, router] = [...this.#routers().entries()].find(([index], _at, all) => index === turn % all.length) ?? [];
      if (router !== undefined && this.amounts !== 'none') await this.#ask(router, turn);
      await sleep(everyMs);
    }
  }

  async #ask(router: string, turn: number): Promise<void> {
    const amounts = Array.from({ length: rows }, (_, row) => amountOf(this.amounts, turn, row));
    const channels = Array.from({ length: rows }, (_, row) => (row < 6 ? 'app' : 'web'));
    this.sent += 1;
    try {
      const response = await post(`${router}/v2/models/fraud/infer`, { inputs: [
        { name: 'amount', shape: [rows], datatype: 'FP64', data: this.amounts === 'missing' ? amounts.map(() => null) : amounts },
        { name: 'channel', shape: [rows], datatype: 'BYTES', data: channels },
      ] });
      const id = response.headers.get(inferenceIdHeader);
      await response.arrayBuffer();
      if (response.status !== 200) {
        this.failed += 1;
        return;
      }
      await (await post(`${router}${feedbackPath}`, { id, label: amounts.map((amount) => (amount > 80 ? 1 : 0)) })).arrayBuffer();
    } catch {
      this.failed += 1;
    }
  }
}

/** As in the baseline, a tenth in each cell, or all in the last ones; never on an edge. */
function amountOf(amounts: Clients['amounts'], turn: number, row: number): number {
  if (amounts === 'large') return 85.5 + ((turn * 7 + row * 3) % 14);
  return row === 0 ? 0 : row * 10 - 9.5 + (turn % 9);
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

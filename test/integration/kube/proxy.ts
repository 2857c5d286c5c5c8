import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A network between client and API server that a test can break. It sees connections, not what is in them. */
export class Proxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #dir = mkdtempSync(join(tmpdir(), 'proxy-'));
  /** Connections that were ever made. */
  connections = 0;

  static async to(target: string): Promise<Proxy> {
    const { hostname, port } = new URL(target);
    const proxy = new Proxy((client) => [client, connect(Number(port), hostname)]);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  private constructor(pair: (client: Socket) => readonly [Socket, Socket]) {
    this.#server = createServer((client) => this.#join(pair(client)));
  }

  /** A copy of the kubeconfig that leads through this proxy. */
  kubeconfig(original: string, server: string): string {
    const through = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const path = join(this.#dir, 'kubeconfig');
    writeFileSync(path, readFileSync(original, 'utf8').replace(server, through));
    return path;
  }

  /** Resets all connections. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** From now on nothing more comes through the connections there are, and nobody is told. */
  freeze(): void {
    for (const [one, other] of this.#pairs) {
      one.unpipe().pause();
      other.unpipe().pause();
    }
  }

  async close(): Promise<void> {
    this.cut();
    rmSync(this.#dir, { recursive: true });
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(pair: readonly [Socket, Socket]): void {
    const [client, server] = pair;
    this.connections++;
    this.#pairs.add(pair);
    client.pipe(server);
    server.pipe(client);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  }
}

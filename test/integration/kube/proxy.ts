import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRelay, type Relay } from '../../../hack/relay.ts';

/** A network between client and API server that a test can break. It sees connections, not what is in them. */
export class Proxy {
  readonly #relay: Relay;
  readonly #dir = mkdtempSync(join(tmpdir(), 'proxy-'));

  static async to(target: string): Promise<Proxy> {
    return new Proxy(await openRelay(target));
  }

  private constructor(relay: Relay) {
    this.#relay = relay;
  }

  /** Connections that were ever made. */
  get connections(): number {
    return this.#relay.opened();
  }

  /** A copy of the kubeconfig that leads through this proxy. */
  kubeconfig(original: string, server: string): string {
    const path = join(this.#dir, 'kubeconfig');
    writeFileSync(path, readFileSync(original, 'utf8').replace(server, this.#relay.server));
    return path;
  }

  /** Resets all connections. */
  cut(): void {
    this.#relay.cut();
  }

  /** From now on nothing more comes through the connections there are, and nobody is told. */
  freeze(): void {
    this.#relay.blackHole();
  }

  async close(): Promise<void> {
    await this.#relay.close();
    rmSync(this.#dir, { recursive: true });
  }
}

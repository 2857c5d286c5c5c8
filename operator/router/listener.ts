import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from './settings.ts';
import { within } from './within.ts';

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly http: ServerOptions;
  readonly log: Log;
  readonly handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
}

/** An HTTP server that can close without failing a request. */
export class Listener {
  readonly #server: Server;
  /** Responses that have not ended. */
  readonly #open = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  #draining = false;
  #closing = false;
  #whenEmpty: () => void = () => undefined;

  private constructor({ http, handle, log, maxConnections }: Listening) {
    this.#server = createServer(http, (req, res) => {
      this.#track(res);
      handle(req, res).catch((error: unknown) => {
        log.error('a request handler failed', { error: String(error) });
        res.destroy();
      });
    });
    this.#server.maxConnections = maxConnections;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size === 0) this.#whenEmpty();
      });
    });
  }

  static open(listening: Listening): Promise<Listener> {
    const listener = new Listener(listening);
    return new Promise((resolve, reject) => {
      listener.#server.once('error', reject);
      listener.#server.listen(listening.port, listening.host, () => {
        listener.#server.off('error', reject);
        listener.#server.on('error', (error) => listening.log.error('a listener failed', { error: error.message }));
        resolve(listener);
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Asks clients to close their connections by answering with `Connection: close` until none is left or `lingerMs` have
   * passed; only then refuses new connections and closes idle ones, since a request may be on its way on an idle one.
   * Connections that are still busy after `closeMs` in all are cut.
   */
  async drain(lingerMs: number, closeMs: number): Promise<void> {
    this.#draining = true;
    for (const res of this.#open) leaveAfter(res);
    if (this.#sockets.size > 0) await within(lingerMs, new Promise<void>((resolve) => { this.#whenEmpty = resolve; }));
    this.#closing = true;
    const closed = new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
    // Node counts a connection on which nothing has arrived as busy.
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
    await within(Math.max(0, closeMs - lingerMs), closed);
    this.#server.closeAllConnections();
    await closed;
  }

  #track(res: ServerResponse): void {
    this.#open.add(res);
    if (this.#draining) leaveAfter(res);
    res.once('close', () => {
      this.#open.delete(res);
      // A response whose headers had gone out before the draining left its connection open.
      if (this.#closing) setImmediate(() => this.#server.closeIdleConnections());
    });
  }
}

function leaveAfter(res: ServerResponse): void {
  if (!res.headersSent) res.shouldKeepAlive = false;
}

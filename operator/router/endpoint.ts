import { Client, Pool, type Dispatcher } from 'undici';

/** undici must give up an idle connection before the model server does (uvicorn: 5 s), or requests race with its close. */
const idleMs = 4_000;
const connectMs = 2_000;
const connections = 128;

const options = {
  allowH2: false,
  pipelining: 1,
  keepAliveTimeout: idleMs,
  connect: { timeout: connectMs },
  headersTimeout: 0, // The exchange has one deadline for both attempts.
} as const;

/** One model pod: its connections and the requests on them. */
export class Endpoint {
  readonly address: string;
  readonly #origin: string;
  readonly #pool: Pool;
  #inFlight = 0;

  constructor(address: string) {
    this.address = address;
    this.#origin = `http://${address}`;
    this.#pool = new Pool(this.#origin, { ...options, connections });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Every call is followed by one `release`. */
  send(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#inFlight += 1;
    this.#pool.dispatch(request, handler);
  }

  /** Like `send`, on a connection that nothing has used before. */
  sendAfresh(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#inFlight += 1;
    const client = new Client(this.#origin, options);
    client.dispatch(request, handler);
    void client.close();
  }

  release(): void {
    this.#inFlight -= 1;
  }

  /** Lets the requests in flight end. */
  retire(): void {
    void this.#pool.close();
  }

  async destroy(): Promise<void> {
    await this.#pool.destroy();
  }
}

/** The less loaded of two that are drawn at random, which balances nearly as well as knowing the least loaded of all. */
export function leastLoadedOfTwo(endpoints: readonly Endpoint[], random: () => number): Endpoint | undefined {
  if (endpoints.length < 2) return endpoints[0];
  const first = Math.floor(random() * endpoints.length);
  const second = (first + 1 + Math.floor(random() * (endpoints.length - 1))) % endpoints.length;
  const [a, b] = [endpoints[first], endpoints[second]];
  return a !== undefined && b !== undefined && b.inFlight < a.inFlight ? b : a;
}

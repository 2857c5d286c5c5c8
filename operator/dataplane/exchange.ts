import { Agent, request } from 'undici';
import { routerPorts } from './routing.ts';

/** A signed request to the admin port of a router. */
export interface AdminRequest {
  /** Address of the pod. */
  readonly ip: string;
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The way to routers. `ask` is rejected when there is no answer in time. */
export interface Exchange {
  ask(request: AdminRequest): Promise<{ readonly status: number; readonly body: unknown }>;
  close(): Promise<void>;
}

const deadlineMs = 2_000;

/** Keeps one connection to each router. The body of a refusal is not read: whoever answers may not be a router. */
export function httpExchange(): Exchange {
  const agent = new Agent({ allowH2: false, connections: 1, keepAliveTimeout: 4_000 });
  return {
    ask: async ({ ip, method, path, body, headers }) => {
      const response = await request(`http://${ip.includes(':') ? `[${ip}]` : ip}:${routerPorts.admin}${path}`, {
        method,
        dispatcher: agent,
        headersTimeout: deadlineMs,
        bodyTimeout: deadlineMs,
        signal: AbortSignal.timeout(2 * deadlineMs),
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'PUT' ? { body } : {}),
      });
      if (response.statusCode === 200) return { status: 200, body: await response.body.json() };
      await response.body.dump({ limit: 1_024 });
      return { status: response.statusCode, body: undefined };
    },
    close: () => agent.destroy(),
  };
}

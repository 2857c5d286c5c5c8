import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export interface Health {
  /** The process works; a liveness probe restarts it otherwise. */
  live(): boolean;
  /** The caches are filled and followed. Replicas that wait to lead are ready, too. */
  ready(): boolean;
}

/** Serves /metrics, /healthz and /readyz; nothing else, and only to GET. */
export async function serve(at: { readonly host: string; readonly port: number }, registry: Registry, health: Health): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain'): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const check = (good: boolean, otherwise: string): void => answer(good ? 200 : 503, good ? 'ok\n' : otherwise);
    const { method, url = '' } = request;
    if (method !== 'GET') answer(405, 'method not allowed\n');
    else if (url === '/healthz') check(health.live(), 'not live\n');
    else if (url === '/readyz') check(health.ready(), 'not ready\n');
    else if (url === '/metrics') registry.metrics().then((text) => answer(200, text, registry.contentType), () => answer(500, 'metrics could not be read\n'));
    else answer(404, 'not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return server;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answer.ts';
import type { Metrics } from './metrics.ts';

/** GET /metrics for Prometheus, /healthz and /readyz for the kubelet. */
export async function handleProbe(req: IncomingMessage, res: ServerResponse, state: { metrics: Metrics; ready: () => boolean }): Promise<void> {
  const route = req.method === 'GET' ? req.url : undefined;
  if (route === '/metrics') {
    const text = await state.metrics.text();
    res.writeHead(200, { 'content-type': state.metrics.contentType }).end(text);
  } else if (route === '/healthz') answer(req, res, 200, { body: { status: 'ok' } });
  else if (route === '/readyz') answer(req, res, state.ready() ? 200 : 503, { body: { ready: state.ready() } });
  else answer(req, res, 404, { body: { error: 'there are GET /metrics, /healthz and /readyz' } });
}

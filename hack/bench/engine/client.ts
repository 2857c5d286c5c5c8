import { Pool } from 'undici';
import type { Send } from '../../../operator/kube/connections.ts';
import { Credentials, loadConfig } from '../../../operator/kube/credentials.ts';
import { Transport } from '../../../operator/kube/transport.ts';

/** More than the driver ever has in flight, so that it never waits for itself. */
const connections = 96;

/** The driver's transport, over connections of its own. */
export async function openClient(kubeconfig: string): Promise<Transport> {
  const { server, tls } = await new Credentials(() => loadConfig({ file: kubeconfig })).current();
  const pool = new Pool(server.origin, { connections, allowH2: false, connect: tls, headersTimeout: 60_000, bodyTimeout: 90_000 });
  const send: Send = async ({ method, path, headers, body, signal }) => {
    const answer = await pool.request({ method, path, headers, body: body ?? null, signal });
    return { status: answer.statusCode, retryAfter: undefined, body: answer.body };
  };
  return new Transport({ send, recorder: { request: () => undefined }, close: () => pool.destroy() });
}

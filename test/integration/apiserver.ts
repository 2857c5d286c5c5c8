import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../../hack/cluster/controlplane.ts';
import { identity, isAlive } from '../../hack/cluster/processes.ts';
import type { Send } from '../../operator/kube/connections.ts';
import type { Recorder } from '../../operator/kube/recorder.ts';
import { openTransport, type Transport } from '../../operator/kube/transport.ts';
import type { Json } from '../../operator/runtime/kind.ts';

export interface ApiServer {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
}

/** A folder for each user: what another one has made there could not be removed. */
const records = join(tmpdir(), `modelkeeper-test-apiservers-${userInfo().uid}`);

/**
 * A real API server. The first test file of a Jest worker that asks starts it, the others use it too, and it ends with
 * the worker: so a test works in namespaces of its own and leaves the rest alone. `controllerManager` makes it another
 * one, on which Deployments, Jobs and owner references do what they do in a cluster.
 */
export async function apiServer(options: { readonly controllerManager?: boolean } = {}): Promise<ApiServer> {
  const { controllerManager = false } = options;
  mkdirSync(records, { recursive: true });
  for (const name of readdirSync(records)) if (!isAlive(name.split(',')[0] ?? '')) rmSync(join(records, name), { force: true });
  const record = join(records, `${identity(process.pid)},${controllerManager}`);
  if (!existsSync(record)) {
    const { kubeconfig, server } = await startControlPlane({ controllerManager, log: () => undefined });
    writeFileSync(record, JSON.stringify({ kubeconfig, server }));
  }
  return JSON.parse(readFileSync(record, 'utf8')) as ApiServer;
}

/** Counts nothing. */
export const silent: Recorder = { request: () => undefined, connected: () => undefined, watchFault: () => undefined };

/** Someone else who works on the same API server: every change is made under the name of a field manager of theirs. */
export class ForeignClient {
  readonly #transport: Transport;
  readonly #manager: string;

  constructor(kubeconfig: string, { manager = 'kubectl', intercept = (send) => send }: { readonly manager?: string; readonly intercept?: (send: Send) => Send } = {}) {
    this.#transport = openTransport({ source: { file: kubeconfig }, recorder: silent, intercept });
    this.#manager = manager;
  }

  /** Makes a namespace that no other test uses, and returns its name. */
  async freshNamespace(): Promise<string> {
    const name = `t-${randomBytes(6).toString('hex')}`;
    await this.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  get(path: string): Promise<Json> {
    return this.#transport.request({ method: 'GET', path });
  }

  create(path: string, body: Json): Promise<Json> {
    return this.#transport.request({ method: 'POST', path, query: { fieldManager: this.#manager }, body });
  }

  replace(path: string, body: Json): Promise<Json> {
    return this.#transport.request({ method: 'PUT', path, query: { fieldManager: this.#manager }, body });
  }

  mergePatch(path: string, body: Json): Promise<Json> {
    return this.#patch(path, body, { contentType: 'application/merge-patch+json' });
  }

  strategicPatch(path: string, body: Json): Promise<Json> {
    return this.#patch(path, body, { contentType: 'application/strategic-merge-patch+json' });
  }

  apply(path: string, body: Json): Promise<Json> {
    return this.#patch(path, body, { contentType: 'application/apply-patch+yaml', query: { force: 'true' } });
  }

  remove(path: string): Promise<Json> {
    return this.#transport.request({ method: 'DELETE', path });
  }

  /** As kubectl does it: what the object owns is deleted after it. */
  removeInBackground(path: string): Promise<Json> {
    return this.#transport.request({ method: 'DELETE', path, body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' } });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  #patch(path: string, body: Json, how: { readonly contentType: string; readonly query?: Record<string, string> }): Promise<Json> {
    const { contentType, query = {} } = how;
    return this.#transport.request({ method: 'PATCH', path, query: { ...query, fieldManager: this.#manager }, contentType, body });
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { operatorConfig } from '../../../operator/config.ts';
import type { ElectionTimes } from '../../../operator/runtime/leader.ts';
import type { Log } from '../../../operator/runtime/log.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { startOperator, type RunningOperator } from '../../../operator/start.ts';
import { apiServer, ForeignClient, type ApiServer } from '../apiserver.ts';
import { installDefinitionsOn } from '../definitions.ts';
import { FakeKubelet } from './kubelet.ts';
import { ourKinds, Watching } from './watching.ts';
import { Traffic } from './traffic.ts';

/** Shorter than in a cluster, so that a leader that is gone is soon replaced. */
const times: ElectionTimes = { durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 300 };
export const silentLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One operator in this process, and what it says to the API server. */
export interface Operator extends RunningOperator {
  readonly traffic: Traffic;
  /** Resolves when it has lost its leadership. */
  readonly lost: Promise<void>;
  /** Value of a series of its metrics; 0 when there is none. */
  metric(series: string): Promise<number>;
  /** Resolves when it leads, has looked at every object there is, and has nothing left to do. */
  idle(): Promise<void>;
}

/** A control plane with a controller manager and a kubelet that runs nothing. */
export class Stage {
  readonly server: ApiServer;
  readonly client: ForeignClient;
  readonly watching: Watching;
  readonly kubelet: FakeKubelet;
  /** More of the environment of operators that are started from now on. */
  environment: NodeJS.ProcessEnv = {};
  readonly #operators = new Set<Operator>();

  private constructor(server: ApiServer) {
    this.server = server;
    this.client = new ForeignClient(server.kubeconfig);
    this.watching = new Watching(server.kubeconfig);
    this.kubelet = new FakeKubelet(this.watching, this.client);
  }

  static async open(options: { readonly controllerManager: boolean } = { controllerManager: true }): Promise<Stage> {
    const server = await apiServer(options);
    await installDefinitionsOn(server.kubeconfig);
    const stage = new Stage(server);
    await stage.watching.start();
    return stage;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#operators].map((operator) => operator.stop()));
    await this.kubelet.stop();
    await this.watching.stop();
    await this.client.close();
  }

  /** An operator that lives in this namespace and looks after it alone. */
  async operator(namespace: string, traffic = new Traffic(), election = times): Promise<Operator> {
    const config = operatorConfig({
      KUBECONFIG: this.server.kubeconfig, MODELKEEPER_IMAGE: 'modelkeeper:test', MODELKEEPER_MLSERVER_IMAGE: 'mlserver:test',
      MODELKEEPER_NAMESPACE: namespace, MODELKEEPER_WATCH_NAMESPACE: namespace,
      MODELKEEPER_METRICS_HOST: '127.0.0.1', MODELKEEPER_METRICS_PORT: '0', MODELKEEPER_WORKERS: '4',
      ...this.environment,
    });
    const lost = Promise.withResolvers<undefined>();
    const running = await startOperator({ config, log: silentLog, times: election, onLost: () => lost.resolve(undefined), intercept: (send) => traffic.intercept(this.kubelet.logs(send)) });
    let stopped: Promise<void> | undefined;
    const operator: Operator = {
      ...running, traffic, lost: lost.promise,
      stop: () => {
        this.#operators.delete(operator);
        return (stopped ??= running.stop());
      },
      metric: (series) => metric(running.port, series),
      idle: () => this.#idle(operator, namespace),
    };
    this.#operators.add(operator);
    return operator;
  }

  async apply(namespace: string, plural: string, body: Json & { readonly metadata: { readonly name: string } }): Promise<Json> {
    return this.client.apply(`${path(namespace, plural)}/${body.metadata.name}`, { apiVersion: 'modelkeeper.dev/v1alpha1', ...body });
  }

  async #idle(operator: Operator, namespace: string): Promise<void> {
    await operator.leading;
    const objects = ourKinds.map((kind) => ({ name: kind.kind.toLowerCase(), count: this.watching.list(kind, namespace).length }));
    for (;;) {
      const rest = await Promise.all(objects.map(async ({ name, count }) => {
        const [depth, active, added] = await Promise.all([
          operator.metric(`workqueue_depth{name="${name}"}`), operator.metric(`controller_runtime_active_workers{controller="${name}"}`), operator.metric(`workqueue_adds_total{name="${name}"}`),
        ]);
        return depth + active + (added < count ? 1 : 0);
      }));
      if (rest.every((left) => left === 0)) return;
      await sleep(20);
    }
  }
}

/** Path of the objects of one of our kinds. */
export function path(namespace: string, plural: string): string {
  return `/apis/modelkeeper.dev/v1alpha1/namespaces/${namespace}/${plural}`;
}

async function metric(port: number, series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(text.split('\n').find((line) => line.startsWith(series))?.split(' ').at(-1) ?? 0);
}

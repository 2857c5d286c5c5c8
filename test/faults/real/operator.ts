import { openRelay, type Relay } from '../../../hack/relay.ts';
import type { Send } from '../../../operator/kube/connections.ts';
import { targetOf } from '../signature.ts';
import { startProcess, type Built, type OperatorProcess } from './process.ts';
import { FaultProxy } from './proxy.ts';

function lease(duration: string, deadline: string, retry: string): Readonly<Record<string, string>> {
  return { MODELKEEPER_LEASE_DURATION: duration, MODELKEEPER_RENEW_DEADLINE: deadline, MODELKEEPER_RETRY_PERIOD: retry };
}

export const leases = {
  /** Much shorter than in a cluster. A very busy machine keeps a process waiting for longer, and then there are more leaders. */
  shortest: lease('5s', '4s', '1s'),
  short: lease('10s', '8s', '1s'),
  usual: lease('15s', '10s', '2s'),
  /** Outlives an API server that is restarted on a busy machine: what is to be seen is how the process itself goes on. */
  long: lease('120s', '90s', '1s'),
} as const;

export interface OperatorSetup {
  readonly built: Built;
  /** Of the administrator: where the API server is. */
  readonly kubeconfig: string;
  /** The namespace it lives in, and alone looks after. */
  readonly namespace: string;
  readonly token: string;
  readonly image: string;
  readonly intercept: (send: Send) => Send;
  readonly environment?: Readonly<Record<string, string>>;
  /** Its network can be broken. */
  readonly breaks?: boolean;
}

/** One process of the operator behind a proxy of its own. */
export interface RealOperator extends OperatorProcess {
  readonly proxy: FaultProxy;
  /** Resolves when it has taken the Lease. */
  readonly leading: Promise<void>;
  /** Between it and its proxy, if that can be broken. */
  readonly network: Relay | undefined;
  /** Kills it if it still runs, and closes the proxy. */
  close(): Promise<void>;
}

export async function startOperator({ built, kubeconfig, namespace, token, image, intercept, environment = {}, breaks = false }: OperatorSetup): Promise<RealOperator> {
  const leading = Promise.withResolvers<undefined>();
  const proxy = await FaultProxy.open({ kubeconfig, intercept: (send) => noticing(intercept(send), () => leading.resolve(undefined)) });
  const network = breaks ? await openRelay(proxy.address) : undefined;
  const operator = await startProcess(built, {
    KUBECONFIG: proxy.kubeconfig(token, network?.server), MODELKEEPER_IMAGE: image, MODELKEEPER_MLSERVER_IMAGE: 'mlserver:test',
    MODELKEEPER_NAMESPACE: namespace, MODELKEEPER_WATCH_NAMESPACE: namespace,
    MODELKEEPER_METRICS_HOST: '127.0.0.1', MODELKEEPER_METRICS_PORT: '0', MODELKEEPER_WORKERS: '4', ...leases.shortest, ...environment,
  });
  return {
    ...operator, proxy, network, leading: leading.promise,
    close: async () => {
      operator.signal('SIGKILL');
      await operator.ended;
      await network?.close();
      await proxy.close();
    },
  };
}

/** Only who leads, or takes the lead, ever writes the Lease. */
function noticing(send: Send, onLease: () => void): Send {
  return async (request) => {
    const answer = await send(request);
    if (request.method !== 'GET' && targetOf(request.path)?.plural === 'leases' && answer.status < 300) onLease();
    return answer;
  };
}

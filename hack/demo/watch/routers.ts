import type { Kubectl } from '../cluster/kubectl.ts';
import type { Pod } from '../cluster/objects.ts';
import { samples, sumBy, type Sample } from '../cluster/prometheus.ts';

const metricsPort = 9090;

/** The text of the metrics of each router of a deployment, read through the API server. */
export async function routerMetrics(kubectl: Kubectl, deployment: string): Promise<string[]> {
  const pods = await kubectl.list<Pod>('pods', `modelkeeper.dev/model-deployment=${deployment},modelkeeper.dev/component=router`);
  return Promise.all(pods.map(({ metadata: { name } }) => podMetrics(kubectl, name, metricsPort)));
}

async function routerSamples(kubectl: Kubectl, deployment: string): Promise<Sample[][]> {
  return (await routerMetrics(kubectl, deployment)).map(samples);
}

export function podMetrics(kubectl: Kubectl, pod: string, port: number): Promise<string> {
  return kubectl.raw(`/api/v1/namespaces/${kubectl.namespace}/pods/${pod}:${port}/proxy/metrics`);
}

/** Requests that the routers have answered, by version. */
export async function routerRequests(kubectl: Kubectl, deployment: string): Promise<Record<string, number>> {
  return sumBy((await routerSamples(kubectl, deployment)).flat(), 'modelkeeper_router_requests_total', 'version');
}

/** The largest share that any router gives a version, in percent. */
export async function largestWeight(kubectl: Kubectl, deployment: string, version: string): Promise<number> {
  const routers = await routerSamples(kubectl, deployment);
  return Math.max(...routers.map((list) => sumBy(list, 'modelkeeper_router_weight', 'version')[version] ?? 0));
}

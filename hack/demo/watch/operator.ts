import { systemNamespace } from '../cluster/helm.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Pod } from '../cluster/objects.ts';
import { samples, sumBy, type Sample } from '../cluster/prometheus.ts';
import { podMetrics } from './routers.ts';

const metricsPort = 8080;

/** What the operator has cost so far. */
export interface OperatorFigures {
  /** Requests that change something. PUT is left out: only the Lease is renewed by it, all the time. */
  readonly writes: number;
  readonly reads: number;
  readonly residentBytes: number;
}

/** The text of the metrics of each operator pod; one leads, the others wait. */
export async function operatorMetrics(kubectl: Kubectl): Promise<string[]> {
  const system = kubectl.in(systemNamespace);
  const pods = await system.list<Pod>('pods', 'app.kubernetes.io/name=modelkeeper');
  return Promise.all(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name } }) => podMetrics(system, name, metricsPort)));
}

export async function operatorFigures(kubectl: Kubectl): Promise<OperatorFigures> {
  const texts = await operatorMetrics(kubectl);
  return figuresOf(texts.flatMap(samples));
}

export function figuresOf(list: readonly Sample[]): OperatorFigures {
  const { GET: reads = 0, POST = 0, PATCH = 0, DELETE = 0 } = sumBy(list, 'rest_client_requests_total', 'method');
  const residentBytes = Math.max(0, ...list.filter(({ name }) => name === 'process_resident_memory_bytes').map(({ value }) => value));
  return { writes: POST + PATCH + DELETE, reads, residentBytes };
}

export function cost(before: OperatorFigures, after: OperatorFigures): Pick<OperatorFigures, 'writes' | 'reads'> {
  return { writes: after.writes - before.writes, reads: after.reads - before.reads };
}

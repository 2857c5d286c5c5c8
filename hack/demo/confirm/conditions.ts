import type { Condition } from '../../../operator/api/kind.ts';
import { Late, waitFor } from '../cluster/wait.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import { ourResources, type Stored } from '../cluster/objects.ts';
import { samples, type Sample } from '../cluster/prometheus.ts';
import type { Check } from '../promise.ts';
import { operatorMetrics } from '../watch/operator.ts';

interface Conditioned extends Stored {
  readonly metadata: Stored['metadata'] & { readonly namespace: string };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** The operator's series of conditions say of every object what kubectl says. */
export async function conditionChecks(kubectl: Kubectl): Promise<Check[]> {
  let texts: Check[] = [];
  const compare = async (): Promise<Check[] | undefined> => {
    const objects = (await Promise.all(ourResources.map((resource) => kubectl.json<{ items: Conditioned[] }>(['get', resource, '--all-namespaces'])))).flatMap(({ items }) => items);
    const shown = (await operatorMetrics(kubectl)).flatMap(samples);
    const odd = differences(fromObjects(objects), fromSamples(shown));
    texts = odd.length === 0
      ? [{ kept: true, text: `modelkeeper_status_condition agrees with kubectl on ${objects.length} objects` }]
      : odd.map((text) => ({ kept: false, text }));
    return odd.length === 0 ? texts : undefined;
  };
  // The two are read one after the other, and something may change in between.
  return waitFor('the series of conditions', compare, { deadlineMs: 10_000 }).catch((error: unknown) => {
    if (error instanceof Late && texts.length > 0) return texts;
    throw error;
  });
}

function fromObjects(objects: readonly Conditioned[]): Set<string> {
  return new Set(objects.flatMap(({ kind, metadata: { namespace, name }, status }) =>
    (status?.conditions ?? []).map((one) => [kind, namespace, name, one.type, one.status].join(' '))));
}

function fromSamples(list: readonly Sample[]): Set<string> {
  return new Set(list.filter(({ name, value }) => name === 'modelkeeper_status_condition' && value === 1)
    .map(({ labels }) => [labels.kind, labels.namespace, labels.name, labels.type, labels.status].join(' ')));
}

/** What only one of the two sides has. */
export function differences(kubectl: ReadonlySet<string>, metrics: ReadonlySet<string>): string[] {
  return [
    ...[...kubectl].filter((one) => !metrics.has(one)).map((one) => `the metrics do not show ${one}`),
    ...[...metrics].filter((one) => !kubectl.has(one)).map((one) => `kubectl does not show ${one}`),
  ];
}

import type { KubernetesObject, V1Condition, V1Deployment, V1OwnerReference, V1Service } from '@kubernetes/client-node';

export const managedBy = 'informer';
export const widgets = { group: 'bench.modelkeeper.dev', version: 'v1', plural: 'widgets' } as const;

export interface WidgetStatus {
  readonly observedGeneration?: number | undefined;
  readonly readyReplicas: number;
  readonly conditions: readonly (Omit<V1Condition, 'lastTransitionTime'> & { readonly lastTransitionTime: string })[];
}

/** The kind of hack/bench/engine/widget.yaml. */
export interface Widget extends KubernetesObject {
  readonly spec: { readonly image: string; readonly replicas: number; readonly port: number };
  readonly status?: WidgetStatus;
}

function metadataOf({ metadata }: Widget): { name: string; namespace: string; labels: Record<string, string>; ownerReferences: V1OwnerReference[] } {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  const owner = { apiVersion: `${widgets.group}/${widgets.version}`, kind: 'Widget', name, uid, controller: true, blockOwnerDeletion: true };
  return { name, namespace, labels: { app: name, 'app.kubernetes.io/managed-by': managedBy }, ownerReferences: [owner] };
}

export function deploymentOf(widget: Widget): V1Deployment {
  const { image, replicas, port } = widget.spec;
  const metadata = metadataOf(widget);
  const labels = { app: metadata.name };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'server', image, ports: [{ containerPort: port, protocol: 'TCP' }] }] } },
    },
  };
}

export function serviceOf(widget: Widget): V1Service {
  const { port } = widget.spec;
  const metadata = metadataOf(widget);
  return {
    apiVersion: 'v1', kind: 'Service', metadata,
    spec: { clusterIP: 'None', selector: { app: metadata.name }, ports: [{ port, protocol: 'TCP', targetPort: port }] },
  };
}

export function statusOf({ metadata, spec }: Widget, deployment: V1Deployment, status: WidgetStatus | undefined, now: Date): WidgetStatus {
  const readyReplicas = deployment.status?.readyReplicas ?? 0;
  const ready = deployment.status?.observedGeneration === deployment.metadata?.generation && readyReplicas === spec.replicas;
  const before = status?.conditions.find(({ type }) => type === 'Ready');
  const verdict = ready ? { status: 'True', reason: 'Available', message: '' } : { status: 'False', reason: 'Progressing', message: 'its replicas are not ready yet' };
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, 'Z');
  const observedGeneration = metadata?.generation ?? 0;
  return { observedGeneration, readyReplicas, conditions: [{ type: 'Ready', ...verdict, lastTransitionTime, observedGeneration }] };
}

/** Whether a child is as wanted. In lists, objects come without apiVersion and kind. */
export function isAsWanted<T extends V1Deployment | V1Service>(live: T | undefined, { metadata, spec }: T): live is T {
  return covers(live, { metadata, spec });
}

/** Whether `live` has all that `wanted` says. What the API server has filled in makes no difference. */
function covers(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && live.length === wanted.length && wanted.every((item, at) => covers(live[at], item));
  if (typeof wanted !== 'object' || wanted === null) return live === wanted;
  if (typeof live !== 'object' || live === null) return false;
  const fields = new Map(Object.entries(live));
  return Object.entries(wanted).every(([name, value]) => covers(fields.get(name), value));
}

import { isDeepStrictEqual } from 'node:util';
import {
  PatchStrategy, setHeaderOptions,
  type AppsV1Api, type CoreV1Api, type CustomObjectsApi, type ObjectCache, type V1Deployment, type V1Service,
} from '@kubernetes/client-node';
import { deploymentOf, isAsWanted, managedBy, serviceOf, statusOf, widgets, type Widget, type WidgetStatus } from './widget.ts';

interface Parts {
  readonly apps: AppsV1Api;
  readonly core: CoreV1Api;
  readonly custom: CustomObjectsApi;
  readonly cache: { readonly widgets: ObjectCache<Widget>; readonly deployments: ObjectCache<V1Deployment>; readonly services: ObjectCache<V1Service> };
  /** Statuses by uid, because the cache may not know yet what was written last. */
  readonly written: Map<string, WidgetStatus>;
}

const applied = { fieldManager: managedBy, force: true } as const;
const asApply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
const asMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** Returns one pass over the Widget of a key. It reads from the caches alone and writes what differs. */
export function createReconciler({ apps, core, custom, cache, written }: Parts): (key: string) => Promise<void> {
  const applyDeployment = (body: V1Deployment, at: { name: string; namespace: string }): Promise<V1Deployment> => {
    const live = cache.deployments.get(at.name, at.namespace);
    return isAsWanted(live, body) ? Promise.resolve(live) : apps.patchNamespacedDeployment({ ...at, body, ...applied }, asApply);
  };
  const applyService = async (body: V1Service, at: { name: string; namespace: string }): Promise<void> => {
    if (!isAsWanted(cache.services.get(at.name, at.namespace), body)) await core.patchNamespacedService({ ...at, body, ...applied }, asApply);
  };
  return async (key) => {
    const [namespace = '', name = ''] = key.split('/');
    const at = { name, namespace };
    const widget = cache.widgets.get(name, namespace);
    if (widget === undefined || widget.metadata?.deletionTimestamp !== undefined) return;
    const [deployment] = await Promise.all([applyDeployment(deploymentOf(widget), at), applyService(serviceOf(widget), at)]);
    const { uid = '' } = widget.metadata ?? {};
    const before = written.get(uid) ?? widget.status;
    const status = statusOf(widget, deployment, before, new Date());
    if (isDeepStrictEqual(status, before)) return;
    await custom.patchNamespacedCustomObjectStatus({ ...widgets, ...at, body: { status } }, asMerge);
    written.set(uid, status);
  };
}

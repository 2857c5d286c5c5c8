import { createServer } from 'node:http';
import {
  AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig, makeInformer,
  type Informer, type KubernetesListObject, type KubernetesObject, type ObjectCache, type V1Deployment, type V1Service,
} from '@kubernetes/client-node';
import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { z } from 'zod';
import { createQueue } from './queue.ts';
import { createReconciler } from './reconciler.ts';
import { managedBy, widgets, type Widget, type WidgetStatus } from './widget.ts';

/**
 * The operator that is written today with the informers and API classes of client-node alone, as they are shipped. An
 * informer that ends with an error is started again after five seconds, as client-node's documentation shows.
 */
const { WORKERS = '1', METRICS_PORT = '' } = process.env;
const restartMs = 5_000;

const config = new KubeConfig();
config.loadFromDefault();
const [apps, core, custom] = [config.makeApiClient(AppsV1Api), config.makeApiClient(CoreV1Api), config.makeApiClient(CustomObjectsApi)];
const labelSelector = `app.kubernetes.io/managed-by=${managedBy}`;
/** The API server checks what it stores, so it is not checked again. */
const WidgetList = z.custom<KubernetesListObject<Widget>>();

const cache = {
  widgets: makeInformer(config, `/apis/${widgets.group}/${widgets.version}/${widgets.plural}`, async () => WidgetList.parse(await custom.listClusterCustomObject(widgets))),
  deployments: makeInformer<V1Deployment>(config, '/apis/apps/v1/deployments', () => apps.listDeploymentForAllNamespaces({ labelSelector }), labelSelector),
  services: makeInformer<V1Service>(config, '/api/v1/services', () => core.listServiceForAllNamespaces({ labelSelector }), labelSelector),
};

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const passes = new Counter({ name: 'controller_runtime_reconcile_total', help: 'Passes over objects.', registers: [registry] });
const written = new Map<string, WidgetStatus>();
const reconcile = createReconciler({ apps, core, custom, cache, written });
const add = createQueue(Number(WORKERS), (key) => {
  passes.inc();
  return reconcile(key);
});

/** The status of a Widget is written here alone, so only another generation is news. */
const generations = new Map<string, number | undefined>();
const seen = (widget: Widget): void => {
  const key = keyOf(widget.metadata);
  if (generations.get(key) === widget.metadata?.generation) return;
  generations.set(key, widget.metadata?.generation);
  add(key);
};
cache.widgets.on('add', seen);
cache.widgets.on('update', seen);
cache.widgets.on('delete', ({ metadata }) => {
  generations.delete(keyOf(metadata));
  written.delete(metadata?.uid ?? '');
});
followChildren(cache.deployments);
followChildren(cache.services);

/** The pass that makes a child has seen all there is to see of it. */
function followChildren<T extends KubernetesObject>(informer: Informer<T>): void {
  const changed = ({ metadata }: T): void => {
    const owner = metadata?.ownerReferences?.find(({ controller, kind }) => controller === true && kind === 'Widget');
    if (owner !== undefined) add(`${metadata?.namespace ?? ''}/${owner.name}`);
  };
  informer.on('update', changed);
  informer.on('delete', changed);
}

function keyOf(metadata: KubernetesObject['metadata']): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

function startForGood<T extends KubernetesObject>(informer: Informer<T> & ObjectCache<T>): Promise<void> {
  informer.on('error', (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    setTimeout(() => void informer.start(), restartMs);
  });
  return informer.start();
}

if (METRICS_PORT !== '') {
  createServer((_request, response) => void registry.metrics().then((text) => response.end(text))).listen(Number(METRICS_PORT), '127.0.0.1');
}
process.once('SIGTERM', () => process.exit());
// Children first: a Widget whose children are not known yet would have them written again.
await Promise.all([startForGood(cache.deployments), startForGood(cache.services)]);
await startForGood(cache.widgets);
console.log('synced');

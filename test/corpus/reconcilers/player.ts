import { Deployment } from '../../../operator/controllers/resources/objects.ts';
import { Job, jobUidLabel, Pod } from '../../../operator/controllers/resources/workloads.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Resource } from '../../../operator/runtime/kind.ts';
import { managedBy, managedByLabel } from '../../../operator/runtime/names.ts';
import type { StoredCluster } from './cluster.ts';
import { complete, podReady, podSucceeded, stored } from './samples.ts';

/** What controllers and kubelet of a healthy cluster do in a namespace: Jobs succeed, and Deployments have their pods. */
export function play(cluster: StoredCluster, namespace: string): void {
  const pod = (of: Json, own: Json, status: Json): void => {
    const { name, uid, labels } = asRecord(of['metadata']) ?? {};
    const at = { namespace, name: `${String(name)}-pod` };
    if (cluster.live(Pod, `${namespace}/${at.name}`)) return;
    const ownerReferences = [{ apiVersion: of['apiVersion'], kind: of['kind'], name, uid, controller: true }];
    put(Pod, stored(Pod, at, { metadata: { ownerReferences, labels: { ...asRecord(labels), ...own, [managedByLabel]: managedBy } }, status }).live);
  };
  const put = (resource: Resource, live: Json): void => {
    const { resourceVersion: _version, ...metadata } = asRecord(live['metadata']) ?? {};
    cluster.put(resource, { ...live, metadata });
  };
  for (const live of cluster.lives(Job, namespace)) {
    if (live['status'] !== undefined) continue;
    pod(live, { [jobUidLabel]: asRecord(live['metadata'])?.['uid'] }, podSucceeded);
    put(Job, { ...live, status: complete });
  }
  for (const live of cluster.lives(Deployment, namespace)) {
    const spec = asRecord(live['spec']);
    const replicas = spec?.['replicas'] ?? 1;
    pod(live, asRecord(asRecord(asRecord(spec?.['template'])?.['metadata'])?.['labels']) ?? {}, podReady);
    put(Deployment, { ...live, status: { observedGeneration: 1, updatedReplicas: replicas, availableReplicas: replicas } });
  }
}

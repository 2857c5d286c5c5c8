import { canonicalJson, isSameJson } from '../../../../operator/runtime/canonical.ts';
import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { shortHash } from '../../../../operator/runtime/names.ts';
import { metadataOf } from '../objects.ts';
import { isLeaving, labelOf, looking, ownerKeyOf, podOf, type Scene } from './scene.ts';

const hashLabel = 'pod-template-hash';

/**
 * The Deployment controller, and that of ReplicaSets, which are left out: pods belong to their Deployment. They are
 * replaced one at a time, a new one first.
 */
export function controlDeployments(scene: Scene): void {
  const names = new Map<string, number>();
  const look = looking(scene, (key) => {
    const deployment = scene.objects.get('deployments', key);
    if (deployment !== undefined && !isLeaving(deployment)) control(scene, deployment, names);
  });
  scene.on('deployments', ({ key }) => look(key));
  scene.on('pods', ({ live }) => {
    const key = ownerKeyOf(live, 'Deployment');
    if (key !== undefined) look(key);
  });
}

function control(scene: Scene, deployment: Json, names: Map<string, number>): void {
  const spec = asRecord(deployment['spec']) ?? {};
  const replicas = Number(spec['replicas'] ?? 1);
  const hash = shortHash(canonicalJson(spec['template']));
  const pods = scene.owned('pods', deployment).filter((pod) => !isLeaving(pod));
  const fresh = pods.filter((pod) => labelOf(pod, hashLabel) === hash);
  const old = pods.filter((pod) => labelOf(pod, hashLabel) !== hash);
  const room = Math.min(replicas - fresh.length, replicas + (old.length > 0 ? 1 : 0) - pods.length);
  for (let made = 0; made < room; made += 1) {
    const { name } = metadataOf(deployment);
    const base = `${String(name)}-${hash}`;
    const nth = (names.get(base) ?? 0) + 1;
    names.set(base, nth);
    scene.objects.put('pods', podOf(deployment, `${base}-${shortHash(base, nth).slice(0, 5)}`, { [hashLabel]: hash }));
  }
  const surplus = [...old, ...fresh.slice(replicas)];
  const spare = pods.filter(isReady).length - replicas;
  const unready = surplus.filter((pod) => !isReady(pod));
  for (const pod of [...unready, ...surplus.filter(isReady).slice(0, Math.max(0, spare))]) scene.server.leave(pod, 'pods');
  report(scene, deployment, { replicas, fresh });
}

function report(scene: Scene, deployment: Json, { replicas, fresh }: { readonly replicas: number; readonly fresh: readonly Json[] }): void {
  const pods = scene.owned('pods', deployment).filter((pod) => !isLeaving(pod));
  const ready = pods.filter(isReady).length;
  const status = {
    observedGeneration: metadataOf(deployment)['generation'], replicas: pods.length, updatedReplicas: Math.max(fresh.length, Math.min(replicas, pods.length)),
    readyReplicas: ready, availableReplicas: ready, unavailableReplicas: Math.max(0, replicas - ready),
  };
  if (!isSameJson(status, deployment['status'] ?? {})) scene.setStatus('deployments', deployment, status);
}

export function isReady(pod: Json): boolean {
  return asItems(asRecord(pod['status'])?.['conditions']).map(asRecord).some((condition) => condition?.['type'] === 'Ready' && condition['status'] === 'True');
}

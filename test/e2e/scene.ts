import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { ensureNamespace, removeNamespace } from '../../hack/demo/cluster/namespaces.ts';
import { Kubectl, type Access } from '../../hack/demo/cluster/kubectl.ts';
import { systemNamespace, type Images } from '../../hack/demo/cluster/helm.ts';
import type { Pod } from '../../hack/demo/cluster/objects.ts';
import { deployReceiver, type Receivers } from '../../hack/demo/receivers.ts';
import { notifyingNamespace, scenePath } from './scene-path.ts';

// Every test file enters through here, and what happens in a cluster takes minutes.
jest.setTimeout(900_000);

export interface Scene {
  readonly kubectl: Kubectl;
  readonly images: Images;
}

/** The shared cluster, and a fresh namespace in it under Pod Security `restricted`. */
export async function enter(prefix: string): Promise<Scene & { leave(): Promise<void> }> {
  const { kubectl: cluster, images } = shared();
  const kubectl = cluster.in(`${prefix}-${randomBytes(3).toString('hex')}`);
  await ensureNamespace(kubectl);
  return { kubectl, images, leave: () => removeNamespace(kubectl) };
}

/** The one namespace whose objects may send notices, and who receives them. */
export async function enterNotifying(): Promise<Scene & { readonly receivers: Receivers }> {
  const { kubectl, images } = shared();
  return { kubectl: kubectl.in(notifyingNamespace), images, receivers: await deployReceiver(kubectl, images.operator) };
}

function shared(): Scene {
  const { access, images } = JSON.parse(readFileSync(scenePath, 'utf8')) as { access: Access; images: Images };
  return { kubectl: new Kubectl(access), images };
}

/** Kills the operator without a chance to finish anything. */
export async function killOperator(kubectl: Kubectl): Promise<void> {
  await kubectl.in(systemNamespace).run(['delete', 'pods', '--selector', 'app.kubernetes.io/name=modelkeeper', '--grace-period=0', '--force', '--wait=false']);
}

export function podsOf(kubectl: Kubectl, deployment: string, component: 'model' | 'router'): Promise<Pod[]> {
  return kubectl.list<Pod>('pods', `modelkeeper.dev/model-deployment=${deployment},modelkeeper.dev/component=${component}`);
}

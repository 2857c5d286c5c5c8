import type { Tell } from '../narrator.ts';
import type { Kubectl } from './kubectl.ts';
import { ourResources } from './objects.ts';

/** On the namespaces that the demo makes, so that a later one knows what it may remove. */
export const madeBy = 'modelkeeper.dev/made-by';
const selector = `${madeBy}=demo`;

/** Whether the namespace of `kubectl` was made by a demo; undefined where there is none. */
export async function isOurs(kubectl: Kubectl): Promise<boolean | undefined> {
  const found = await kubectl.get('namespace', kubectl.namespace);
  return found && found.metadata.labels?.[madeBy] === 'demo';
}

/** Makes the namespace of `kubectl` under Pod Security `restricted`, or finds that a demo has made it. */
export async function ensureNamespace(kubectl: Kubectl): Promise<void> {
  const labels = { [madeBy]: 'demo', 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: kubectl.namespace, labels } }]);
}

/** The same, but empty: one that an earlier demo kept is removed first. */
export async function freshNamespace(kubectl: Kubectl, tell: Tell): Promise<void> {
  const ours = await isOurs(kubectl);
  if (ours === false) throw new Error(`there is a namespace ${kubectl.namespace} that no demo made: rename or remove it`);
  if (ours) {
    tell('cluster', `removing the namespace ${kubectl.namespace} that an earlier demo kept`);
    await removeNamespace(kubectl);
  }
  await ensureNamespace(kubectl);
}

/**
 * Returns when everything in it has gone, too. Our objects go first: a namespace with pods that take their time to end
 * is looked at again only after half of the time that they may take.
 */
export async function removeNamespace(kubectl: Kubectl): Promise<void> {
  if ((await kubectl.get('customresourcedefinition', 'modeldeployments.modelkeeper.dev')) !== undefined) {
    await kubectl.run(['delete', ourResources.join(), '--all', '--cascade=foreground', '--timeout=120s'], { timeoutMs: 130_000 });
  }
  const labelled = ['delete', 'namespace', '--selector', selector, '--field-selector', `metadata.name=${kubectl.namespace}`];
  await kubectl.run([...labelled, '--ignore-not-found', '--timeout=180s'], { timeoutMs: 200_000 });
}

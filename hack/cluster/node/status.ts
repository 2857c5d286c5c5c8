import { ensureBinaries } from '../binaries.ts';
import { sources, type BinaryName } from '../sources.ts';
import { nodeComponents } from './components.ts';
import { kubectl } from './kubectl.ts';
import { nodeName, type NodeLayout } from './layout.ts';

export interface Health {
  readonly name: string;
  readonly healthy: boolean;
}

/** Asks every component of the node for its health, and the API server for that of the node and its DNS. */
export async function health(layout: NodeLayout): Promise<readonly Health[]> {
  const binaries = await ensureBinaries(Object.keys(sources) as BinaryName[], () => undefined);
  const { runtime, controlPlane, agents } = nodeComponents(layout, binaries);
  const components = [runtime, ...controlPlane, ...agents].map(async ({ command, ready }) => ({ name: command.name, healthy: await ready() }));
  const seen = await Promise.all(components);
  if (seen.some(({ healthy }) => !healthy)) return seen;
  return [
    ...seen,
    { name: `node ${nodeName}`, healthy: await holds(layout, `node/${nodeName}`, 'Ready') },
    { name: 'coredns', healthy: await holds(layout, 'deployment/coredns', 'Available') },
  ];
}

export async function unhealthy(layout: NodeLayout): Promise<readonly Health[]> {
  return (await health(layout)).filter(({ healthy }) => !healthy);
}

async function holds(layout: NodeLayout, object: string, condition: string): Promise<boolean> {
  const path = `jsonpath={.status.conditions[?(@.type=="${condition}")].status}`;
  try {
    return (await kubectl(layout, ['--namespace', 'kube-system', '--request-timeout=5s', 'get', object, '-o', path])) === 'True';
  } catch {
    return false; // Not there, or nobody to ask: either way not healthy.
  }
}

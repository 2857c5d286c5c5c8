import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './kubectl.ts';
import { nodeName, type NodeLayout } from './layout.ts';

const names = Array.from({ length: 20 }, (_, index) => `local-${String(index).padStart(2, '0')}`);

/** Volumes of type `local`, because fsGroup is not applied to those of type `hostPath`. */
export async function createVolumes(layout: NodeLayout): Promise<void> {
  await make(layout, names);
}

/** Wipes and offers again every volume whose claim is gone. Returns their names. */
export async function remakeReleased(layout: NodeLayout): Promise<readonly string[]> {
  const phases = await kubectl(layout, ['get', 'persistentvolumes', '-o', 'jsonpath={range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}']);
  const released = names.filter((name) => phases.split('\n').includes(`${name} Released`));
  if (released.length === 0) return released;
  await kubectl(layout, ['delete', 'persistentvolume', ...released]);
  await make(layout, released);
  return released;
}

async function make(layout: NodeLayout, wanted: readonly string[]): Promise<void> {
  for (const name of wanted) {
    rmSync(folder(layout, name), { recursive: true, force: true });
    mkdirSync(folder(layout, name), { recursive: true });
  }
  const items = wanted.map((name) => persistentVolume(name, folder(layout, name)));
  await kubectl(layout, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function folder({ dir }: NodeLayout, name: string): string {
  return join(dir, 'volumes', name);
}

function persistentVolume(name: string, path: string): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce', 'ReadWriteMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'standard',
      local: { path },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }] }] },
      },
    },
  };
}

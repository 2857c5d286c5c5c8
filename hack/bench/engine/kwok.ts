import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBinaries, type Progress } from '../../cluster/binaries.ts';
import type { ControlPlane } from '../../cluster/controlplane.ts';
import { lastLines, startTethered } from '../../cluster/processes.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';

/** Nodes on which pods are said to run, and nothing does. */
export interface Nodes {
  readonly stop: () => Promise<void>;
}

/** Each takes 254 addresses of pods. */
const names: readonly string[] = Array.from({ length: 10 }, (_, at) => `kwok-${at}`);
const stages = join(import.meta.dirname, 'kwok');
const longestMs = 60_000;

/** Builds what `startNodes` needs. */
export async function prepareNodes(progress: Progress): Promise<void> {
  await ensureBinaries(['kwok', 'tether'], progress);
}

/** Makes nodes and starts kwok, which plays their kubelets as the stages beside this file say. Resolves when the nodes are ready. */
export async function startNodes({ kubeconfig, dir }: Pick<ControlPlane, 'kubeconfig' | 'dir'>, client: Transport): Promise<Nodes> {
  const { kwok, tether } = await ensureBinaries(['kwok', 'tether'], () => undefined);
  const config = readdirSync(stages).map((file) => `--config=${join(stages, file)}`);
  const args = [`--kubeconfig=${kubeconfig}`, '--manage-all-nodes', '--node-lease-duration-seconds=40', '--v=WARN', ...config];
  const log = join(dir, 'kwok.log');
  const running = startTethered({ name: 'kwok', binary: kwok, args }, tether, log);
  const stop = (): Promise<void> => running.stop(0);
  try {
    await Promise.all(names.map((name) => client.request({ method: 'POST', path: '/api/v1/nodes', body: { apiVersion: 'v1', kind: 'Node', metadata: { name } } })));
    const deadline = performance.now() + longestMs;
    while (!(await ready(client))) {
      if (running.exited() || performance.now() > deadline) throw new Error(`the nodes did not get ready. The end of ${log}:\n${lastLines(log)}`);
      await sleep(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

/** Ready, and with the addresses of pods that the controller manager hands out. */
async function ready(client: Transport): Promise<boolean> {
  const nodes = asItems((await client.request({ method: 'GET', path: '/api/v1/nodes' }))['items']).map(asRecord);
  return nodes.every((node) => {
    const conditions = asItems(asRecord(node?.['status'])?.['conditions']).map(asRecord);
    const well = conditions.some((condition) => condition?.['type'] === 'Ready' && condition['status'] === 'True');
    return well && asRecord(node?.['spec'])?.['podCIDR'] !== undefined;
  });
}

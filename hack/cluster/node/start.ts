import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../binaries.ts';
import { startInOrder } from '../components.ts';
import { clusterSource } from '../paths.ts';
import { processesWith, startDetached, type Command, type Started } from '../processes.ts';
import { clean } from './clean.ts';
import { nodeComponents, writeNodeConfig, type Binaries } from './components.ts';
import { prepareHost, refuseOtherNode } from './host.ts';
import { importOwnImages } from './images.ts';
import { kubectl } from './kubectl.ts';
import { marker, newLayout, nodeDir, noProxy, record, recorded } from './layout.ts';
import { findCommand, systemPath } from './machine.ts';
import { unhealthy } from './status.ts';
import { createVolumes } from './volumes.ts';

/** Brings the node up from whatever state it is in. The caller holds the machine's lock. */
export async function start(binaries: Binaries, log: Progress): Promise<void> {
  const existing = recorded();
  if (existing !== undefined && (await unhealthy(existing)).length === 0) {
    log('the node is up already');
    return;
  }
  if (existing !== undefined || processesWith(marker).length > 0) {
    log('removing what a node that ended has left');
    await clean(existing?.dir ?? nodeDir);
  }
  refuseOtherNode();
  await startAnew(binaries, log);
}

async function startAnew(binaries: Binaries, log: Progress): Promise<void> {
  const layout = await newLayout();
  const { dir } = layout;
  // Recorded before anything is changed, so that whatever stops us from here on can be undone.
  record(layout);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  prepareHost();
  await writeNodeConfig(layout, binaries, findCommand('runc') ?? 'runc');

  const run = (command: Command): Started => {
    log(`starting ${command.name}`);
    const env = { [marker]: dir, PATH: systemPath, NO_PROXY: noProxy, no_proxy: noProxy };
    return startDetached(command, env, join(dir, 'logs', `${command.name}.log`));
  };
  const { runtime, controlPlane, agents } = nodeComponents(layout, binaries);
  const images = startInOrder([runtime], run).then(() => importOwnImages(dir, binaries));
  await Promise.all([images, startInOrder(controlPlane, run)]);
  await startInOrder(agents, run);
  await kubectl(layout, ['apply', '-f', join(clusterSource, 'node', 'addons.yaml')]);
  await createVolumes(layout);
  log('waiting for the node to run its first pods');
  await kubectl(layout, ['--namespace', 'kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=120s']);
}

import { delimiter, dirname, join } from 'node:path';
import { ensureBinaries, type Progress } from './binaries.ts';
import { withLock } from './lock.ts';
import { clean } from './node/clean.ts';
import { importArchive } from './node/images.ts';
import { marker, nodeDir, nodeLock, noProxy, recorded, type NodeLayout } from './node/layout.ts';
import { install, installLine, missingPackages, missingPowers } from './node/packages.ts';
import { start } from './node/start.ts';
import { health, type Health } from './node/status.ts';
import { remakeReleased } from './node/volumes.ts';
import { processesWith } from './processes.ts';
import { sources, type BinaryName } from './sources.ts';

/** What a command needs in its environment to use the node. */
export type NodeEnvironment = Readonly<Record<'PATH' | 'KUBECONFIG' | 'NO_PROXY', string>>;

/** Why this machine cannot run the node for this user, in one line; `undefined` when it can. */
export function canRunNode(): string | undefined {
  const missing = missingPackages();
  return missingPowers() ?? (missing.length === 0 ? undefined : `a node needs ${missing.join(', ')}: run \`${installLine(missing)}\`, or pass --install`);
}

/** Starts the machine's one node unless it is up, and returns when pods run on it. */
export async function up(options: { readonly install: boolean; readonly log: Progress }): Promise<NodeEnvironment> {
  const { log } = options;
  log('A node needs root and changes this machine: iptables, a bridge, IP forwarding and cgroups. `npm run cluster -- down` undoes all of it.');
  const missing = missingPackages();
  if (options.install && missingPowers() === undefined && missing.length > 0) {
    log(`installing ${missing.join(', ')}`);
    install(missing);
  }
  const reason = canRunNode();
  if (reason !== undefined) throw new Error(reason);
  const binaries = await ensureBinaries(Object.keys(sources) as BinaryName[], log);
  await locked(log, () => start(binaries, log));
  return environment();
}

/** Removes the node and all that it changed; nothing happens where there is none. */
export async function down(log: Progress): Promise<void> {
  const powers = missingPowers();
  if (powers !== undefined) throw new Error(powers);
  await locked(log, async () => {
    const layout = recorded();
    if (layout === undefined && processesWith(marker).length === 0) {
      log('no node is up');
      return;
    }
    await clean(layout?.dir ?? nodeDir);
    log('the node is gone');
  });
}

export async function status(): Promise<readonly Health[]> {
  return health(theNode());
}

/** Loads an OCI archive, and returns what containerd says of it. */
export async function loadImage(file: string): Promise<string> {
  theNode();
  const { ctr } = await ensureBinaries(['ctr'], () => undefined);
  return importArchive(ctr, file);
}

/** Makes volumes whose claims are deleted usable again, and returns their names. */
export async function resetVolumes(): Promise<readonly string[]> {
  return remakeReleased(theNode());
}

export async function environment(): Promise<NodeEnvironment> {
  const layout = theNode();
  const { kubectl, helm } = await ensureBinaries(['kubectl', 'helm'], () => undefined);
  const PATH = [...new Set([dirname(kubectl), dirname(helm), ...(process.env.PATH ?? '').split(delimiter)])].join(delimiter);
  return { PATH, KUBECONFIG: join(layout.pki, 'admin.kubeconfig'), NO_PROXY: noProxy };
}

function theNode(): NodeLayout {
  const layout = recorded();
  if (layout === undefined) throw new Error('no node is up: start it with `npm run cluster -- up`');
  return layout;
}

function locked(log: Progress, work: () => Promise<void>): Promise<void> {
  return withLock(nodeLock, (owner) => log(`waiting for process ${owner.split(':')[0] ?? ''}, which is changing the node`), work);
}

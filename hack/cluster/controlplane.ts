import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinaries } from './binaries.ts';
import { controlPlaneComponents, serverURL, startInOrder, writeCredentials, type Component, type MoreFlags } from './components.ts';
import { etcdURL, type Layout } from './flags.ts';
import { waitReady } from './health.ts';
import { issueKubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';
import { identity, isAlive, startTethered, type Command, type Running } from './processes.ts';

/** An API server with its etcd, and a controller manager if asked for: no nodes, so nothing runs in pods. */
export interface ControlPlane {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly server: string;
  /** Address of etcd. */
  readonly etcd: string;
  readonly dir: string;
  /** Makes a kubeconfig for another user, to see what RBAC lets that user do. */
  readonly userKubeconfig: (name: string, groups: readonly string[]) => Promise<string>;
  /** Ends the API server, keeps etcd, and resolves when the API server is ready again at the same address. */
  readonly restartApiServer: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ControlPlaneOptions {
  /** Where to keep state and logs. Left in place by `stop`; without it a temporary folder is used and removed. */
  readonly dir?: string;
  /** Without it nothing acts on Jobs, Deployments, owner references or the deletion of namespaces. */
  readonly controllerManager: boolean;
  /** Binds pods to nodes, should anybody register some. */
  readonly scheduler?: boolean;
  /** Path of an audit policy. What it asks for is written to `audit.log` in the folder. */
  readonly auditPolicy?: string;
  /** Flags in place of those that components are started with, or beside them. */
  readonly flags?: MoreFlags;
  readonly log: (line: string) => void;
}

const prefix = 'modelkeeper-controlplane-';

/** Needs no root. Any number can run side by side, and all of its processes end with this one. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const tools = await ensureBinaries(['etcd', 'kube-apiserver', 'pki', 'tether'], options.log);
  const manager = options.controllerManager ? await ensureBinaries(['kube-controller-manager'], options.log) : {};
  const scheduler = options.scheduler === true ? await ensureBinaries(['kube-scheduler'], options.log) : {};
  const dir = options.dir ?? temporaryDir();
  const layout = await newLayout(dir);
  const authority = { dir: layout.pki, pki: tools.pki };
  const server = serverURL(layout);
  const kubeconfig = await writeCredentials(layout, authority);
  const components = controlPlaneComponents(layout, { ...tools, ...manager, ...scheduler }, withAudit(options, dir));

  const running = new Map<string, Running>();
  const start = (command: Command): Running => {
    const started = startTethered(command, tools.tether, join(dir, `${command.name}.log`));
    running.set(command.name, started);
    return started;
  };
  const stop = async (): Promise<void> => {
    // Nothing is kept, so nothing is asked to end in good order.
    await Promise.all([...running.values()].map((component) => component.stop(0)));
    if (options.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  try {
    await startInOrder(components, start);
  } catch (error) {
    await stop();
    throw error;
  }
  options.log(`API server ready at ${server}`);
  return {
    kubeconfig,
    server,
    etcd: etcdURL(layout),
    dir,
    userKubeconfig: (name, groups) => issueKubeconfig(authority, `user-${encodeURIComponent(name)}`, { user: name, groups, server }),
    restartApiServer: () => restart(components, running, start),
    stop,
  };
}

function withAudit({ auditPolicy, flags = {} }: ControlPlaneOptions, dir: string): MoreFlags {
  if (auditPolicy === undefined) return flags;
  // Without a size it is cut into files of 100 MB.
  const audit = { 'audit-policy-file': auditPolicy, 'audit-log-path': join(dir, 'audit.log'), 'audit-log-maxsize': 100_000 };
  return { ...flags, 'kube-apiserver': { ...audit, ...flags['kube-apiserver'] } };
}

async function restart(components: readonly Component[], running: ReadonlyMap<string, Running>, start: (command: Command) => Running): Promise<void> {
  const api = components.find(({ command }) => command.name === 'kube-apiserver');
  if (api === undefined) throw new Error('this control plane has no API server');
  // Short, because the API server waits for open watches, and those of the controller manager never end.
  await running.get(api.command.name)?.stop(500);
  await waitReady(start(api.command), api.ready);
}

async function newLayout(dir: string): Promise<Layout> {
  mkdirSync(dir, { recursive: true });
  const [etcd = 0, peer = 0, api = 0, controllerManager = 0, scheduler = 0] = await freePorts(5);
  return { dir, pki: join(dir, 'pki'), host: '127.0.0.1', ports: { etcd, peer, api, controllerManager, scheduler } };
}

/** In memory where there is room, because etcd writes a lot. Folders whose process was killed are removed on the way. */
function temporaryDir(): string {
  const base = hasRoom('/dev/shm') ? '/dev/shm' : tmpdir();
  for (const name of readdirSync(base).filter((entry) => entry.startsWith(prefix))) removeOrphan(join(base, name));
  const dir = mkdtempSync(join(base, prefix));
  writeFileSync(join(dir, 'owner'), identity(process.pid));
  return dir;
}

function removeOrphan(dir: string): void {
  let owner: string;
  try {
    owner = readFileSync(join(dir, 'owner'), 'utf8');
  } catch {
    return; // Being made or removed by another process, or another user's.
  }
  if (!isAlive(owner)) rmSync(dir, { recursive: true, force: true });
}

/** Containers often get 64 MiB of shared memory, and one write-ahead log of etcd is as large as that. */
function hasRoom(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize >= 2 ** 30;
  } catch {
    return false;
  }
}

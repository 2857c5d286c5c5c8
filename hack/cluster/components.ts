import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiServer, apiServiceIP, controllerManager, etcd, etcdURL, render, scheduler, type Flags, type Layout } from './flags.ts';
import { answers, waitReady } from './health.ts';
import { issue, issueKubeconfig, writeServiceAccountKey, type Authority } from './kubeconfig.ts';
import type { Command, Started } from './processes.ts';

export interface Component {
  readonly command: Command;
  readonly ready: () => Promise<boolean>;
}

export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly 'kube-apiserver': string;
  readonly 'kube-controller-manager'?: string;
  readonly 'kube-scheduler'?: string;
}

export function serverURL({ host, ports }: Layout): string {
  return `https://${host}:${String(ports.api)}`;
}

/** Writes the certificates and kubeconfigs of a control plane, and returns the path of the administrator's kubeconfig. */
export async function writeCredentials(layout: Layout, authority: Authority): Promise<string> {
  mkdirSync(layout.pki, { recursive: true, mode: 0o700 });
  const server = serverURL(layout);
  const hosts = [layout.host, '127.0.0.1', apiServiceIP, 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  writeServiceAccountKey(authority);
  await issue(authority, 'serving', { user: 'kube-apiserver', hosts });
  await issueKubeconfig(authority, 'controller-manager', { user: 'system:kube-controller-manager', server });
  await issueKubeconfig(authority, 'scheduler', { user: 'system:kube-scheduler', server });
  return issueKubeconfig(authority, 'admin', { user: 'admin', groups: ['system:masters'], server });
}

/** Flags by the name of a component. */
export type MoreFlags = Partial<Readonly<Record<keyof ControlPlaneBinaries, Flags>>>;

/** The components that `binaries` names, in the order to start them. */
export function controlPlaneComponents(layout: Layout, binaries: ControlPlaneBinaries, flags: MoreFlags = {}): readonly Component[] {
  const more: Readonly<Record<string, Flags | undefined>> = flags;
  // Of a flag that is given twice, the second one counts.
  return ordered(layout, binaries).map(({ command, ready }) => ({ command: { ...command, args: [...command.args, ...render(more[command.name] ?? {})] }, ready }));
}

function ordered(layout: Layout, binaries: ControlPlaneBinaries): readonly Component[] {
  const { ports } = layout;
  const ca = join(layout.pki, 'ca.crt');
  const healthz = (port: number) => () => answers(`https://127.0.0.1:${String(port)}/healthz`, ca);
  const { 'kube-controller-manager': manager, 'kube-scheduler': planner } = binaries;
  return [
    { command: etcd(binaries.etcd, layout), ready: () => answers(`${etcdURL(layout)}/health`) },
    {
      command: apiServer(binaries['kube-apiserver'], layout, { serviceAccounts: manager !== undefined }),
      ready: () => answers(`${serverURL(layout)}/readyz`, ca),
    },
    ...(manager === undefined ? [] : [{ command: controllerManager(manager, layout, { nodes: planner !== undefined }), ready: healthz(ports.controllerManager) }]),
    ...(planner === undefined ? [] : [{ command: scheduler(planner, layout), ready: healthz(ports.scheduler) }]),
  ];
}

/** Starts each component once the one before it is ready. */
export async function startInOrder(components: readonly Component[], start: (command: Command) => Started): Promise<void> {
  for (const { command, ready } of components) await waitReady(start(command), ready);
}

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiServer, apiServiceIP, controllerManager, etcd, scheduler, type Layout } from './flags.ts';
import { answers, waitReady } from './health.ts';
import { issue, issueKubeconfig, writeServiceAccountKey, type Authority } from './kubeconfig.ts';
import type { Command, Running } from './processes.ts';

export interface Binaries {
  readonly etcd: string;
  readonly 'kube-apiserver': string;
  readonly 'kube-controller-manager'?: string;
  readonly 'kube-scheduler'?: string;
}

/** What to boot: the commands of one control plane and how to see that each is ready. */
export interface Plan {
  readonly commands: readonly { readonly command: Command; readonly ready: () => Promise<boolean> }[];
  readonly kubeconfig: string;
  readonly server: string;
}

/** Writes certificates and kubeconfigs into `layout.pki` and plans the components that `binaries` names, in the order to start them. */
export async function prepare(layout: Layout, binaries: Binaries, authority: Authority): Promise<Plan> {
  mkdirSync(layout.pki, { recursive: true, mode: 0o700 });
  const server = `https://${layout.host}:${String(layout.ports.api)}`;
  const hosts = [layout.host, '127.0.0.1', apiServiceIP, 'localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
  await issue(authority, 'serving', { user: 'kube-apiserver', hosts });
  const kubeconfig = await issueKubeconfig(authority, 'admin', { user: 'admin', groups: ['system:masters'], server });
  writeServiceAccountKey(authority);
  const ca = readFileSync(join(layout.pki, 'ca.crt'));
  const healthz = (port: number) => () => answers(`https://127.0.0.1:${String(port)}/healthz`, ca);

  const manager = binaries['kube-controller-manager'];
  const planner = binaries['kube-scheduler'];
  const commands = [
    { command: etcd(binaries.etcd, layout), ready: () => answers(`http://127.0.0.1:${String(layout.ports.etcd)}/health`) },
    { command: apiServer(binaries['kube-apiserver'], layout, { serviceAccounts: manager !== undefined }), ready: () => answers(`${server}/readyz`, ca) },
  ];
  if (manager !== undefined) {
    await issueKubeconfig(authority, 'controller-manager', { user: 'system:kube-controller-manager', server });
    commands.push({ command: controllerManager(manager, layout, { nodes: planner !== undefined }), ready: healthz(layout.ports.controllerManager) });
  }
  if (planner !== undefined) {
    await issueKubeconfig(authority, 'scheduler', { user: 'system:kube-scheduler', server });
    commands.push({ command: scheduler(planner, layout), ready: healthz(layout.ports.scheduler) });
  }
  return { commands, kubeconfig, server };
}

/** Starts each command once the one before it is ready. */
export async function boot(plan: Plan, start: (command: Command) => Running): Promise<void> {
  for (const { command, ready } of plan.commands) await waitReady(start(command), ready);
}

import { join } from 'node:path';
import type { Command } from './processes.ts';

export const serviceCidr = '10.96.0.0/16';
export const podCidr = '10.244.0.0/16';
export const apiServiceIP = '10.96.0.1';

/** Where one control plane keeps and serves things. */
export interface Layout {
  readonly dir: string;
  /** Certificates, keys and kubeconfigs. */
  readonly pki: string;
  /** The address the API server listens on and tells others. */
  readonly host: string;
  readonly ports: { readonly etcd: number; readonly peer: number; readonly api: number; readonly controllerManager: number; readonly scheduler: number };
}

export type Flags = Readonly<Record<string, string | number | boolean>>;

export function etcdURL({ ports }: Pick<Layout, 'ports'>): string {
  return `http://127.0.0.1:${String(ports.etcd)}`;
}

export function etcd(binary: string, layout: Layout): Command {
  const { dir, ports } = layout;
  const client = etcdURL(layout);
  const peer = `http://127.0.0.1:${String(ports.peer)}`;
  const flags = {
    'data-dir': join(dir, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    // The cluster is thrown away with its machine, so nothing has to survive a power cut.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  };
  return { name: 'etcd', binary, args: render(flags) };
}

/** Without a controller manager nobody makes service accounts, so pods must be admitted without one. */
export function apiServer(binary: string, layout: Layout, options: { readonly serviceAccounts: boolean }): Command {
  const { pki, host, ports } = layout;
  const flags = {
    'etcd-servers': etcdURL(layout),
    'bind-address': host,
    'advertise-address': host,
    'secure-port': ports.api,
    'service-cluster-ip-range': serviceCidr,
    'tls-cert-file': join(pki, 'serving.crt'),
    'tls-private-key-file': join(pki, 'serving.key'),
    'client-ca-file': join(pki, 'ca.crt'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(pki, 'service-account.pub'),
    'service-account-signing-key-file': join(pki, 'service-account.key'),
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'disable-admission-plugins': options.serviceAccounts ? '' : 'ServiceAccount',
    'allow-privileged': true,
    'kubelet-preferred-address-types': 'InternalIP',
    'kubelet-certificate-authority': join(pki, 'ca.crt'),
    'kubelet-client-certificate': join(pki, 'admin.crt'),
    'kubelet-client-key': join(pki, 'admin.key'),
  };
  return { name: 'kube-apiserver', binary, args: render(flags) };
}

export function controllerManager(binary: string, { pki, ports }: Layout, options: { readonly nodes: boolean }): Command {
  const flags = {
    ...asClient(pki, 'controller-manager', ports.controllerManager),
    'root-ca-file': join(pki, 'ca.crt'),
    'service-account-private-key-file': join(pki, 'service-account.key'),
    'use-service-account-credentials': true,
    'cluster-cidr': podCidr,
    'allocate-node-cidrs': options.nodes,
    // The default of 20 requests a second would be what a test of hundreds of Jobs measures.
    'kube-api-qps': 500,
    'kube-api-burst': 1000,
  };
  return { name: 'kube-controller-manager', binary, args: render(flags) };
}

export function scheduler(binary: string, { pki, ports }: Layout): Command {
  const flags = { ...asClient(pki, 'scheduler', ports.scheduler), 'kube-api-qps': 500, 'kube-api-burst': 1000 };
  return { name: 'kube-scheduler', binary, args: render(flags) };
}

function asClient(pki: string, name: string, port: number): Flags {
  const kubeconfig = join(pki, `${name}.kubeconfig`);
  return {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': join(pki, 'serving.crt'),
    'tls-private-key-file': join(pki, 'serving.key'),
    'leader-elect': false,
  };
}

export function render(flags: Flags): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${String(value)}`);
}

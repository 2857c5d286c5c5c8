import { existsSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { controlPlaneComponents, serverURL, writeCredentials, type Component } from '../components.ts';
import { render } from '../flags.ts';
import { answers } from '../health.ts';
import { issueKubeconfig, type Authority } from '../kubeconfig.ts';
import type { BinaryName } from '../sources.ts';
import { cniConfig, containerdConfig, kubeletConfig, kubeProxyConfig } from './config.ts';
import { containerdSocket, nodeIP, nodeName, type NodeLayout } from './layout.ts';

export type Binaries = Readonly<Record<BinaryName, string>>;

/** Writes certificates, kubeconfigs and configurations, and returns the path of the administrator's kubeconfig. */
export async function writeNodeConfig(layout: NodeLayout, binaries: Binaries, runc: string): Promise<string> {
  const { dir, pki } = layout;
  const authority: Authority = { dir: pki, pki: binaries.pki };
  const server = serverURL(layout);
  const kubeconfig = await writeCredentials(layout, authority);
  await issueKubeconfig(authority, 'kubelet', { user: `system:node:${nodeName}`, groups: ['system:nodes'], server });
  await issueKubeconfig(authority, 'kube-proxy', { user: 'system:kube-proxy', server });

  mkdirSync(join(dir, 'cni'), { recursive: true });
  const settings = { dir, cniBin: dirname(binaries.bridge), runc, snapshotter: snapshotter(dir) } as const;
  writeFileSync(join(dir, 'containerd.toml'), containerdConfig(settings));
  writeFileSync(join(dir, 'cni', '10-modelkeeper.conflist'), JSON.stringify(cniConfig(dir)));
  writeFileSync(join(dir, 'kubelet.json'), JSON.stringify(kubeletConfig(layout, resolvConf())));
  writeFileSync(join(dir, 'kube-proxy.json'), JSON.stringify(kubeProxyConfig(layout)));
  return kubeconfig;
}

/** Everything that runs outside pods. The agents need the runtime and the control plane. */
export interface NodeComponents {
  readonly runtime: Component;
  readonly controlPlane: readonly Component[];
  readonly agents: readonly Component[];
}

export function nodeComponents(layout: NodeLayout, binaries: Binaries): NodeComponents {
  const { dir, pki, ports } = layout;
  const healthz = (port: number) => () => answers(`http://127.0.0.1:${String(port)}/healthz`);
  const kubelet = {
    config: join(dir, 'kubelet.json'),
    kubeconfig: join(pki, 'kubelet.kubeconfig'),
    'root-dir': join(dir, 'kubelet'),
    'hostname-override': nodeName,
    'node-ip': nodeIP,
  };
  return {
    runtime: {
      command: { name: 'containerd', binary: binaries.containerd, args: ['--config', join(dir, 'containerd.toml')] },
      ready: () => accepts(containerdSocket),
    },
    controlPlane: controlPlaneComponents(layout, binaries),
    agents: [
      { command: { name: 'kubelet', binary: binaries.kubelet, args: render(kubelet) }, ready: healthz(ports.kubelet) },
      {
        command: { name: 'kube-proxy', binary: binaries['kube-proxy'], args: [`--config=${join(dir, 'kube-proxy.json')}`] },
        ready: healthz(ports.proxy),
      },
    ],
  };
}

/** An overlay cannot lie on an overlay, as it would where the cache is inside a container; copying always works. */
function snapshotter(dir: string): 'overlayfs' | 'native' {
  const overlayMagic = 0x794c7630;
  return statfsSync(dir).type === overlayMagic ? 'native' : 'overlayfs';
}

/** systemd-resolved's stub listens on a loopback address, which a pod cannot reach; this file names the real servers. */
function resolvConf(): string {
  const resolved = '/run/systemd/resolve/resolv.conf';
  return existsSync(resolved) ? resolved : '/etc/resolv.conf';
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy();
      resolve(true);
    });
    connection.on('error', () => resolve(false));
  });
}

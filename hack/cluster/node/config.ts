import { join } from 'node:path';
import { podCidr } from '../flags.ts';
import { bridgeName, containerdSocket, dnsIP, nodeIP, nodeName, nodePodCidr, runDir, type NodeLayout } from './layout.ts';

/** The cgroup that everything of the node's pods lies in. */
export const cgroupName = 'modelkeeper';
export const pauseImage = 'docker.io/local/pause:1';

export interface ContainerdSettings {
  readonly dir: string;
  readonly cniBin: string;
  readonly runc: string;
  readonly snapshotter: 'overlayfs' | 'native';
}

/** containerd's own configuration, in TOML, whose basic strings are written as JSON's. */
export function containerdConfig({ dir, cniBin, runc, snapshotter }: ContainerdSettings): string {
  const text = JSON.stringify;
  return `version = 3
# These two would make folders outside our own.
disabled_plugins = ['io.containerd.internal.v1.opt', 'io.containerd.nri.v1.nri']
root = ${text(join(dir, 'containerd'))}
state = ${text(join(runDir, 'containerd'))}

[grpc]
address = ${text(containerdSocket)}

[plugins.'io.containerd.cri.v1.images']
snapshotter = ${text(snapshotter)}

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = ${text(pauseImage)}

[plugins.'io.containerd.snapshotter.v1.overlayfs']
# Without it the end of each container waits until everything on the disk is written, whoever writes it.
mount_options = ['volatile']

[plugins.'io.containerd.cri.v1.runtime']
# Lowering the score below its own needs CAP_SYS_RESOURCE, which root in a container or a small VM often lacks.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [${text(cniBin)}]
conf_dir = ${text(join(dir, 'cni'))}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = ${text(runc)}
Root = ${text(join(runDir, 'runc'))}
SystemdCgroup = false
`;
}

/** The firewall plugin lets the pods' traffic through on a machine whose forwarding is closed, as Docker closes it. */
export function cniConfig(dir: string): object {
  return {
    cniVersion: '1.0.0',
    name: 'modelkeeper',
    plugins: [
      {
        type: 'bridge',
        bridge: bridgeName,
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', dataDir: join(dir, 'cni', 'addresses'), ranges: [[{ subnet: nodePodCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'firewall' },
    ],
  };
}

export function kubeletConfig({ dir, pki, ports }: NodeLayout, resolvConf: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeIP,
    healthzBindAddress: '127.0.0.1',
    healthzPort: ports.kubelet,
    tlsCertFile: join(pki, 'serving.crt'),
    tlsPrivateKeyFile: join(pki, 'serving.key'),
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: join(pki, 'ca.crt') }, webhook: { enabled: true } },
    authorization: { mode: 'Webhook' },
    clusterDNS: [dnsIP],
    clusterDomain: 'cluster.local',
    resolvConf,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroupName}`,
    failCgroupV1: false,
    failSwapOn: false,
    podLogsDir: join(dir, 'pod-logs'),
    volumePluginDir: join(dir, 'volume-plugins'),
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // An image that is collected cannot be pulled again: there is no registry.
    imageGCHighThresholdPercent: 100,
    maxPods: 200,
  };
}

export function kubeProxyConfig({ pki, ports }: NodeLayout): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: join(pki, 'kube-proxy.kubeconfig') },
    clusterCIDR: podCidr,
    hostnameOverride: nodeName,
    bindAddress: nodeIP,
    nodePortAddresses: [`${nodeIP}/32`],
    healthzBindAddress: `127.0.0.1:${String(ports.proxy)}`,
    metricsBindAddress: `127.0.0.1:${String(ports.proxyMetrics)}`,
    // Zero leaves the machine's own connection tracking limits as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

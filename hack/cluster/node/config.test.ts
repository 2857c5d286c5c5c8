import { expect, test } from '@jest/globals';
import { mountPoints } from './clean.ts';
import { cniConfig, containerdConfig, kubeletConfig, kubeProxyConfig } from './config.ts';
import { bridgeName, containerdSocket, nodeIP, type NodeLayout } from './layout.ts';

const layout: NodeLayout = {
  dir: '/state',
  pki: '/state/pki',
  host: nodeIP,
  ports: { api: 6443, etcd: 1, peer: 2, controllerManager: 3, scheduler: 4, kubelet: 5, proxy: 6, proxyMetrics: 7 },
};
const containerd = { dir: '/state', cniBin: '/bin/cni', runc: '/usr/sbin/runc', snapshotter: 'overlayfs' } as const;

test('kubelet calls containerd where containerd listens', () => {
  expect(containerdConfig(containerd)).toContain(`address = "${containerdSocket}"`);
  expect(kubeletConfig(layout, '/etc/resolv.conf')).toMatchObject({ containerRuntimeEndpoint: `unix://${containerdSocket}` });
});

test('a path with a quote or a backslash stays one TOML string', () => {
  expect(containerdConfig({ ...containerd, dir: '/a"b\\c' })).toContain(String.raw`root = "/a\"b\\c/containerd"`);
});

test('nothing of the node listens beyond loopback and the cluster\'s own network', () => {
  expect(kubeletConfig(layout, '/etc/resolv.conf')).toMatchObject({ address: nodeIP, healthzBindAddress: '127.0.0.1' });
  expect(kubeProxyConfig(layout)).toMatchObject({
    bindAddress: nodeIP,
    nodePortAddresses: [`${nodeIP}/32`],
    healthzBindAddress: '127.0.0.1:6',
    metricsBindAddress: '127.0.0.1:7',
  });
});

test('kubelet answers nobody it does not know, and never collects an image that cannot be pulled again', () => {
  expect(kubeletConfig(layout, '/etc/resolv.conf')).toMatchObject({
    authentication: { anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
    imageGCHighThresholdPercent: 100,
  });
});

test('pods join the bridge that `up` makes and `down` removes', () => {
  expect(cniConfig('/state')).toMatchObject({ plugins: [{ type: 'bridge', bridge: bridgeName }, { type: 'portmap' }, { type: 'firewall' }] });
});

test('a mount point is read with its blanks', () => {
  const mountinfo = '24 1 0:22 / /proc rw - proc proc rw\n31 24 0:40 / /my\\040cache/node rw shared:1 - tmpfs tmpfs rw\n';
  expect(mountPoints(mountinfo)).toEqual(['/proc', '/my cache/node']);
});

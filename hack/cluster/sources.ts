import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clusterSource } from './paths.ts';

/** Where one binary comes from: `go <args>` run in `cwd` writes it into a folder given as `$OUT`. */
export interface Source {
  /** Folder of the finished binary in the cache. It names the version, so that a changed pin is built anew. */
  readonly folder: string;
  readonly cwd: string;
  readonly go: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const OUT = '$OUT';

const runtimeModule = join(clusterSource, 'containerd');
const twinModule = join(clusterSource, '../bench/contenders/controller-runtime');
const kubernetesVersion = version(readFileSync(join(clusterSource, 'go.mod'), 'utf8'), 'k8s.io/kubernetes');
const kubernetesFolder = `kubernetes-${kubernetesVersion}-${hash([join(clusterSource, 'go.mod'), join(clusterSource, 'go.sum')])}`;
const runtimeFolder = `runtime-${hash([join(runtimeModule, 'go.mod'), join(runtimeModule, 'go.sum')])}`;

export const sources = {
  etcd: kubernetes('go.etcd.io/etcd/server/v3', 'etcd'),
  'kube-apiserver': kubernetes('k8s.io/kubernetes/cmd/kube-apiserver'),
  'kube-controller-manager': kubernetes('k8s.io/kubernetes/cmd/kube-controller-manager'),
  'kube-scheduler': kubernetes('k8s.io/kubernetes/cmd/kube-scheduler'),
  'kube-proxy': kubernetes('k8s.io/kubernetes/cmd/kube-proxy'),
  kubelet: kubernetes('k8s.io/kubernetes/cmd/kubelet'),
  kubectl: kubernetes('k8s.io/kubernetes/cmd/kubectl'),
  containerd: runtime('github.com/containerd/containerd/v2/cmd/containerd'),
  'containerd-shim-runc-v2': runtime('github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2'),
  ctr: runtime('github.com/containerd/containerd/v2/cmd/ctr'),
  bridge: runtime('github.com/containernetworking/plugins/plugins/main/bridge'),
  firewall: runtime('github.com/containernetworking/plugins/plugins/meta/firewall'),
  'host-local': runtime('github.com/containernetworking/plugins/plugins/ipam/host-local'),
  loopback: runtime('github.com/containernetworking/plugins/plugins/main/loopback'),
  portmap: runtime('github.com/containernetworking/plugins/plugins/meta/portmap'),
  coredns: published('github.com/coredns/coredns', 'v1.15.0'),
  helm: published('helm.sh/helm/v3/cmd/helm', 'v3.22.0'),
  kwok: published('sigs.k8s.io/kwok/cmd/kwok', 'v0.8.0'),
  pause: ours('pause'),
  pki: ours('pki'),
  tether: ours('tether'),
  'controller-runtime-twin': build(`controller-runtime-twin-${hash(filesOf(twinModule))}`, twinModule, ['-ldflags', '-s -w', '-o', `${OUT}/controller-runtime-twin`, '.']),
} as const satisfies Record<string, Source>;

export type BinaryName = keyof typeof sources;

function kubernetes(pkg: string, name = pkg.slice(pkg.lastIndexOf('/') + 1)): Source {
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`;
  return build(kubernetesFolder, clusterSource, ['-ldflags', flags, '-o', `${OUT}/${name}`, pkg]);
}

function runtime(pkg: string): Source {
  return build(runtimeFolder, runtimeModule, ['-ldflags', '-s -w', '-o', `${OUT}/`, pkg]);
}

/** A program of this repository, which needs no module but the standard library. */
function ours(name: string): Source {
  return build(`${name}-${hash(filesOf(join(clusterSource, name)))}`, clusterSource, ['-ldflags', '-s -w', '-o', `${OUT}/`, `./${name}`]);
}

function published(pkg: string, pin: string): Source {
  const name = pkg.slice(pkg.lastIndexOf('/') + 1);
  const go = ['install', '-trimpath', '-ldflags', '-s -w', `${pkg}@${pin}`];
  return { folder: `${name}-${pin}`, cwd: clusterSource, go, env: { GOBIN: OUT, CGO_ENABLED: '0' } };
}

function build(folder: string, cwd: string, args: readonly string[]): Source {
  return { folder, cwd, go: ['build', '-trimpath', ...args], env: { CGO_ENABLED: '0' } };
}

function version(goMod: string, module: string): string {
  const found = goMod.split('\n').map((line) => line.trim().split(' ')).find((words) => words.includes(module) && !words.includes('=>'));
  const pin = found?.[found.indexOf(module) + 1];
  if (pin === undefined) throw new Error(`hack/cluster/go.mod does not require ${module}: add it with \`go get ${module}@VERSION\``);
  return pin;
}

function filesOf(dir: string): readonly string[] {
  return readdirSync(dir).map((file) => join(dir, file));
}

function hash(files: readonly string[]): string {
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(file));
  return digest.digest('hex').slice(0, 12);
}

import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupName } from './config.ts';
import { presentChains } from './iptables.ts';
import { bridgeName, nodeIP, runDir } from './layout.ts';
import { machine } from './machine.ts';

/** Settings that the node needs. */
const wanted = { 'net/ipv4/ip_forward': '1', 'net/bridge/bridge-nf-call-iptables': '1' } as const;
/** Settings that kubelet changes by itself. */
const changedByKubelet = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops', 'kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes'];
/** Folders that kubelet, containerd and the network plugins use whatever they are told. */
const fixedFolders = ['/var/lib/cni', '/var/lib/kubelet', '/var/log/containers', '/run/containerd'];

const beforeFile = join(runDir, 'before.json');

/** What the machine was like before the node. */
interface Before {
  readonly sysctls: Readonly<Record<string, string>>;
  readonly absentFolders: readonly string[];
}

/** Refuses a machine that runs a Kubernetes node already, whose chains would be mixed with ours and removed with ours. */
export function refuseOtherNode(): void {
  const [chain] = presentChains();
  if (chain === undefined) return;
  throw new Error(`iptables has the chain ${chain}, so another Kubernetes or CNI network runs on this machine: stop it, or use it with --context NAME`);
}

export function prepareHost(): void {
  if (!existsSync('/proc/sys/net/bridge')) machine('modprobe', ['br_netfilter']);
  const names = [...Object.keys(wanted), ...changedByKubelet];
  const before: Before = {
    sysctls: Object.fromEntries(names.map((name) => [name, readFileSync(join('/proc/sys', name), 'utf8').trim()])),
    absentFolders: fixedFolders.filter((folder) => !existsSync(folder)),
  };
  writeFileSync(beforeFile, JSON.stringify(before));
  writeSysctls(wanted);
  machine('ip', ['link', 'add', bridgeName, 'type', 'bridge']);
  machine('ip', ['address', 'add', `${nodeIP}/24`, 'dev', bridgeName]);
  machine('ip', ['link', 'set', bridgeName, 'up']);
  enableControllers();
  for (const root of cgroupRoots()) mkdirSync(join(root, cgroupName), { recursive: true });
}

/** Undoes `prepareHost`, as far as it came. */
export function restoreHost(): void {
  if (existsSync(join('/sys/class/net', bridgeName))) machine('ip', ['link', 'delete', bridgeName]);
  for (const result of globSync('/var/lib/cni/results/modelkeeper-*')) rmSync(result);
  if (!existsSync(beforeFile)) return;
  const before = JSON.parse(readFileSync(beforeFile, 'utf8')) as Before;
  writeSysctls(before.sysctls);
  for (const folder of before.absentFolders) rmSync(folder, { recursive: true, force: true });
}

/** Folders of the node's cgroups, each after those inside it. */
export function nodeCgroups(): readonly string[] {
  const folders = cgroupRoots().flatMap((root) => globSync([cgroupName, `${cgroupName}/**/`], { cwd: root }).map((inner) => join(root, inner)));
  return [...new Set(folders.map((folder) => folder.replace(/\/$/, '')))].sort((a, b) => b.length - a.length);
}

/** One for each controller of cgroup v1, and that of v2, which a machine has alone or beside them. */
function cgroupRoots(): readonly string[] {
  return [...cgroupMounts('cgroup'), ...cgroupMounts('cgroup2')];
}

function cgroupMounts(wanted: 'cgroup' | 'cgroup2'): readonly string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' '));
  return mounts.filter(([, , type]) => type === wanted).map(([, path = '']) => path);
}

/** Where cgroup v2 is alone, kubelet demands every controller of the machine for its cgroup, and systemd hands down only some. */
function enableControllers(): void {
  if (cgroupMounts('cgroup').length > 0) return;
  for (const root of cgroupMounts('cgroup2')) {
    const controllers = readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ');
    try {
      for (const controller of controllers) writeFileSync(join(root, 'cgroup.subtree_control'), `+${controller}`);
    } catch (error) {
      throw new Error(`controllers of ${root} cannot be enabled: in a container, use the machine's cgroup namespace (--cgroupns=host)`, { cause: error });
    }
  }
}

function writeSysctls(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) writeFileSync(join('/proc/sys', name), value);
}

import { existsSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '../errno.ts';
import { processesWith } from '../processes.ts';
import { nodeCgroups, restoreHost } from './host.ts';
import { removeChains } from './iptables.ts';
import { marker, runDir } from './layout.ts';
import { machine } from './machine.ts';

/**
 * Removes a node and everything it changed on the machine, whether it runs or was killed half way. Pods get no time to
 * end: nothing of them is kept.
 */
export async function clean(dir: string): Promise<void> {
  // kubelet and containerd go first, so that nothing starts a pod again that is killed after them.
  await killAll(() => processesWith(marker));
  await killAll(() => nodeCgroups().flatMap(processesIn));
  unmountUnder([dir, runDir]);
  for (const folder of nodeCgroups()) rmdirSync(folder);
  removeChains();
  restoreHost();
  for (const folder of [dir, runDir]) rmSync(folder, { recursive: true, force: true });
}

async function killAll(find: () => readonly number[]): Promise<void> {
  const deadline = performance.now() + 15_000;
  for (let pids = find(); pids.length > 0; pids = find()) {
    if (performance.now() > deadline) throw new Error(`processes ${pids.join(', ')} of the node do not end: look at them with ps, then run \`down\` again`);
    for (const pid of pids) kill(pid);
    await sleep(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function processesIn(cgroup: string): readonly number[] {
  const file = join(cgroup, 'cgroup.procs');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map(Number) : [];
}

/** Fails rather than leave a mount: the folders are deleted next, and through a mount that would delete what is mounted. */
function unmountUnder(folders: readonly string[]): void {
  const inside = mountPoints(readFileSync('/proc/self/mountinfo', 'utf8')).filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));
  for (const path of inside.toReversed()) machine('umount', [path]);
}

/** The paths in a mountinfo file, in the order of mounting. Blanks are written there as octal numbers. */
export function mountPoints(mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))));
}

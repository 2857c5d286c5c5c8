import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { findCommand } from './machine.ts';

/** What the machine itself must have: the command, and Debian's package of it. */
const needed = { ip: 'iproute2', iptables: 'iptables', mount: 'mount', runc: 'runc' } as const;

export function missingPackages(): readonly string[] {
  return Object.entries(needed).filter(([command]) => findCommand(command) === undefined).map(([, pkg]) => pkg);
}

export function installLine(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

export function install(packages: readonly string[]): void {
  const options: ExecFileSyncOptions = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('apt-get', ['update'], options);
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
}

/** Why this machine and user cannot run a node, whatever is installed; `undefined` when they can. */
export function missingPowers(): string | undefined {
  if (process.platform !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root: it changes iptables, a bridge, mounts and cgroups';
  const held = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const lacking = Object.entries({ CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n }).filter(([, bit]) => (held & (1n << bit)) === 0n).map(([name]) => name);
  if (lacking.length > 0) return `a node needs ${lacking.join(' and ')}, which root does not have here: run it outside this container, or privileged`;
  return undefined;
}

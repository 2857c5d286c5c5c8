import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What a process has used so far, and holds. Linux only. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMiB: number;
}

/** Linux counts processor time for user space in hundredths of a second, whatever the kernel's own tick. */
const msPerTick = 10;

export function usageOf(pid: number): Usage {
  return { cpuMs: cpuMs(readFileSync(`/proc/${pid}/stat`, 'utf8')), rssMiB: rssMiB(readFileSync(`/proc/${pid}/status`, 'utf8')) };
}

/** Fields 14 and 15 of /proc/PID/stat, counted behind the command's name because that may contain blanks. */
export function cpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

export function rssMiB(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

/** The processes that this one started. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim().split(' ').filter((text) => text !== '').map(Number));
}

/** Processor time so far of the programs of this name that are below a process. */
export function cpuMsBelow(pid: number, program: string): number {
  return childrenOf(pid).reduce((sum, child) => {
    const [binary = ''] = readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0');
    return sum + cpuMsBelow(child, program) + (basename(binary) === program ? usageOf(child).cpuMs : 0);
  }, 0);
}

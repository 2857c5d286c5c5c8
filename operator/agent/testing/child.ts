import { readFileSync } from 'node:fs';
import { runAgent, parseTask } from '../run.ts';

/** Runs one task in a process of its own, and prints the most memory that it held in bytes. */
const [json, terminationLog = '/dev/null'] = process.argv.slice(2);
process.exitCode = await runAgent(parseTask(json), { terminationLog, log: () => undefined });
// Not resourceUsage().maxRSS: on Linux it counts what the parent held when it started this process.
const [, kilobytes = ''] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
process.stdout.write(String(Number(kilobytes) * 1024));

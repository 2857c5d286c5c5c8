import { runAgent, parseTask } from '../run.ts';

/** Runs one task in a process of its own, and prints the most memory that it held in bytes. */
const [json, terminationLog = '/dev/null'] = process.argv.slice(2);
process.exitCode = await runAgent(parseTask(json), { terminationLog, log: () => undefined });
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));

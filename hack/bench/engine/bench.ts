import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { cacheDir } from '../../cluster/paths.ts';
import { labelOf, type Contender } from '../contenders/contender.ts';
import { contenders } from '../contenders/index.ts';
import { prepareNodes } from './kwok.ts';
import { parseOptions, plan, usage, type Options, type Planned } from './plan.ts';
import { benchPage } from './report/page.ts';
import { figure } from './report/tables.ts';
import { markdownReport, textReport } from './report/text.ts';
import { verdict } from './report/verdict.ts';
import { groups, type Machine, type Results, type Run } from './results.ts';
import { run } from './run.ts';

/** The engine beside other ways to write a controller, all doing the same work. Exits with 1 when a count is not what it must be. */
export async function bench(args: readonly string[]): Promise<void> {
  let options: Options;
  try {
    options = parseOptions(args, contenders, join(cacheDir, 'bench'));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
    process.exitCode = 2;
    return;
  }
  const [at, machine] = [new Date().toISOString(), machineHere()];
  if (options.tiers.includes(2)) await prepareNodes(console.error);
  const planned = plan({ ...options, contenders: await able(options.contenders) });
  const runs: Run[] = [];
  for (const [done, each] of planned.entries()) {
    runs.push(await attempt(each, `${done + 1} of ${planned.length}`));
    await report({ at, machine, runs }, resolve(options.out));
  }
  const found = groups(runs);
  console.log(textReport(found, machine));
  console.log(`\nfigures and plots: ${resolve(options.out)}`);
  if (runs.some(({ error, contender }) => error !== undefined && contender === 'ours') || verdict(found).some(({ exact, met }) => exact && met === false)) process.exitCode = 1;
}

/** Those that can run here. What one of them lacks is said, and does not end the bench. */
async function able(all: readonly Contender[]): Promise<readonly Contender[]> {
  const ready: Contender[] = [];
  for (const contender of all) {
    try {
      await contender.prepare(console.error);
      ready.push(contender);
    } catch (error) {
      console.error(`${labelOf(contender)} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return ready;
}

/** A contender that fails does not end the bench. */
async function attempt(planned: Planned, which: string): Promise<Run> {
  const { contender, tier, n, repeat } = planned;
  const about = { contender: contender.name, workers: contender.workers, ceiling: contender.ceiling === true, tier, n, repeat };
  const startedAt = performance.now();
  const say = (words: string): void => console.error(`${which}: ${labelOf(contender)}, tier ${tier}, ${n} objects, repeat ${repeat + 1}: ${words}, ${figure((performance.now() - startedAt) / 1_000)} s`);
  try {
    const result = await run(planned);
    say(`${figure(result.speed.objectsPerSecond)} objects/s`);
    return { ...about, result };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(`failed: ${message}`);
    return { ...about, error: message };
  }
}

/** After each run, so that nothing is lost of a bench that is ended. */
async function report(results: Results, folder: string): Promise<void> {
  const found = groups(results.runs);
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeFile(join(folder, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`),
    writeFile(join(folder, 'index.html'), benchPage(found, results)),
    writeFile(join(folder, 'report.md'), markdownReport(found, results.machine)),
  ]);
}

function machineHere(): Machine {
  const all = cpus();
  return {
    cpus: all.length, model: all[0]?.model ?? 'unknown', memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.versions.node,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}


import { randomInt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { bugAt, hunt, keptBugs, type Bug } from './bugs.ts';
import { campaign } from './campaign.ts';
import { describePlan } from './plan.ts';
import { Pool } from './pool.ts';
import { replay } from './replay.ts';
import { columns, lines, violationsOf, type Result } from './report.ts';
import { scenarios } from './scenarios/index.ts';
import { modes, outages, type Fault, type Level, type Mode } from './world.ts';

/** Runs side by side; simulated time is no other process's time, so the simulated level uses both cores. */
const workers = 2;
/** Namespaces of one real cluster that are played in at a time: most of their time is spent waiting. */
const worlds = 20;
/** Plans of each scenario on the true level, where time is real. */
const trueSample = 8;
const command = 'npm run test:faults --';

interface Options {
  readonly seed: number;
  readonly scenario?: string;
  readonly at: readonly number[];
  readonly mode: readonly Mode[];
  readonly list?: boolean;
  readonly level: Level['name'] | 'all';
  readonly bug?: string;
  readonly sample?: number;
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('it must be a whole number.');
  return Number(text);
}

/** An option that may be repeated. */
function each<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => readonly T[] {
  return (text, before) => [...before, parse(text)];
}

function mode(text: string): Mode {
  const all: readonly Mode[] = [...modes, ...outages];
  const found = all.find((one) => String(one) === text);
  if (found === undefined) throw new InvalidArgumentError(`it must be one of ${all.join(', ')}.`);
  return found;
}

const options = new Command('test:faults')
  .description('Plays every scenario with every fault at every write, and tells where the end or the way to it is not as it should be.')
  .option('--seed <number>', 'what everything random follows from', whole, randomInt(1_000_000))
  .option('--scenario <name>', 'only this one')
  .option('--at <number>', 'with --scenario: only a fault at this write, with its trace; may be repeated', each(whole), [])
  .option('--mode <mode>', 'with each --at: what happens to the write', each(mode), [])
  .option('--list', 'says what would be played')
  .addOption(new Option('--level <level>', 'the simulated cluster, the real one, or both').choices(['fast', 'true', 'all']).default('fast'))
  .option('--bug <patch>', 'only looks for the bug that this patch makes')
  .option('--sample <number>', 'only so many plans of each scenario, drawn by the seed', whole)
  .parse().opts<Options>();

const { seed } = options;
const names = scenarios.map(({ name }) => name).filter((name) => options.scenario === undefined || name === options.scenario);
if (names.length === 0) throw new Error(`there is no scenario "${options.scenario ?? ''}": take one of ${scenarios.map(({ name }) => name).join(', ')}`);

/** Both levels, one after the other: what is found on one makes the other's worth reading. */
const levels: readonly Level['name'][] = options.level === 'all' ? ['fast', 'true'] : [options.level];

/** Each waits for those before it. */
function oneAtATime(): <T>(play: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (play) => {
    const mine = last.then(play);
    last = mine.catch(() => undefined);
    return mine;
  };
}

async function play(): Promise<boolean> {
  const results: Result[] = [];
  for (const level of levels) {
    const script = join(import.meta.dirname, 'worker.ts');
    const pool = level === 'fast' ? new Pool(workers, script) : new Pool(1, script, worlds);
    const simulated = level === 'true' ? new Pool(1, script) : undefined;
    try {
      const limit = options.sample ?? (level === 'true' ? trueSample : undefined);
      const alone = oneAtATime();
      await Promise.all(names.map(async (name) => {
        const index = scenarios.findIndex((one) => one.name === name);
        const result = await campaign(name, { pool, level, seed, index, alone, ...(limit === undefined ? {} : { limit }), ...(simulated && { simulated }) });
        results.push(result);
        for (const line of lines(result, `${command} --seed ${seed} --level ${level}`)) console.log(line);
      }));
    } finally {
      await Promise.all([pool.close(), simulated?.close()]);
    }
  }
  const verdicts = results.flatMap((result) => result.verdicts);
  const violations = results.reduce((sum, result) => sum + violationsOf(result), 0);
  console.log(`\n${results.length} scenarios, ${verdicts.length} runs with a fault (${columns(verdicts)}), ${violations} violations, after ${Math.round(performance.now() / 1_000)} s`);
  return violations === 0;
}

async function hunted(bugs: readonly Bug[]): Promise<boolean> {
  const sound = new Pool(1, join(import.meta.dirname, 'worker.ts'));
  const rest = [...bugs];
  let caught = 0;
  const hunter = async (): Promise<void> => {
    for (let bug = rest.shift(); bug !== undefined; bug = rest.shift()) {
      const how = await hunt(bug, { sound, seed, scenarios: names }).catch((error: unknown) => new Error(String(error)));
      if (typeof how === 'string') caught += 1;
      console.log(`bug ${bug.name}: ${typeof how === 'string' ? `caught by ${how}` : how === undefined ? 'NOT caught' : `FAILED: ${how.message}`}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, hunter));
  } finally {
    await sound.close();
  }
  console.log(`${caught} of ${bugs.length} bugs caught`);
  return caught === bugs.length;
}

async function list(): Promise<boolean> {
  const pool = new Pool(workers, join(import.meta.dirname, 'worker.ts'));
  let sum = 0;
  for (const name of names) {
    const { reference, plans } = await pool.run({ kind: 'explore', scenario: name, level: 'fast', seed });
    const { writes } = reference.performance;
    sum += plans.length;
    console.log(`${name}: ${writes.length} writes, ${plans.length} runs`);
    for (const { number, signature } of writes) console.log(`  ${number} ${signature}: ${modes.join(' ')}`);
    for (const plan of plans.filter(({ faults, sights }) => faults.length !== 1 || sights)) console.log(`  ${describePlan(plan)}`);
  }
  console.log(`${sum} runs`);
  await pool.close();
  return true;
}

async function main(): Promise<boolean> {
  console.log(`seed ${seed}`);
  if (options.list) return list();
  if (options.bug !== undefined) return hunted([bugAt(resolve(options.bug))]);
  if (options.at.length > 0) {
    const [level = 'fast'] = levels;
    const faults = options.at.map((at, number): Fault => ({ at, mode: options.mode[number] ?? 'killAfter' }));
    const shown = await Promise.all(names.map((name) => replay(name, { level, seed, faults })));
    return shown.every(Boolean);
  }
  const sound = await play();
  if (options.scenario !== undefined || options.level === 'true') return sound;
  return (await hunted(keptBugs())) && sound;
}

process.exit((await main()) ? 0 : 1);

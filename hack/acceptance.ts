import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { passed, summary, type Performance } from './acceptance/summary.ts';
import { down } from './cluster/node.ts';
import { nodeIsUp } from './demo/cluster/places.ts';
import type { DemoRecord } from './demo/record.ts';
import { repository } from './images/paths.ts';

/** Every story of the demo, one after the other on one node, each confirmed with kubectl. */
const stories: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'seed 1', args: ['--seed', '1'] },
  { name: 'seed 2', args: ['--seed', '2'] },
  { name: 'seed 3', args: ['--seed', '3'] },
  { name: 'worse offline', args: ['--worse', 'offline'] },
  { name: 'worse online', args: ['--worse', 'online'] },
  { name: 'no drift', args: ['--no-drift'] },
];

/** Those that are named on the command line, or all. */
const names = process.argv.slice(2);
const chosen = stories.filter(({ name }) => names.length === 0 || names.includes(name));
const unknown = names.filter((name) => !stories.some((story) => story.name === name));
if (unknown.length > 0) {
  console.error(`there is no story ${unknown.join(', ')}: they are ${stories.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const folder = join(repository, '.cache', 'acceptance');
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());

async function perform({ name, args }: typeof stories[number]): Promise<Performance> {
  console.log(`\n=== ${name}\n`);
  const json = join(folder, `${name.replaceAll(' ', '-')}.json`);
  await rm(json, { force: true });
  const start = performance.now();
  const demo = await script('hack/demo/main.ts', [...args, '--keep', '--json', json]);
  const seconds = (performance.now() - start) / 1_000;
  const record = await readFile(json, 'utf8').then((text) => JSON.parse(text) as DemoRecord, () => undefined);
  const confirmed = record ? await script('hack/demo/confirm.ts', [json]) : 1;
  return { name, demo, confirmed, seconds, record };
}

/** Runs a script of this repository, which writes to the same terminal, and returns its exit code. */
function script(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, join(repository, file), ...args], { stdio: 'inherit' });
  const stop = (): boolean => child.kill('SIGTERM');
  interruption.signal.addEventListener('abort', stop);
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  }).finally(() => interruption.signal.removeEventListener('abort', stop));
}

await mkdir(folder, { recursive: true });
const wasUp = await nodeIsUp();
const performances: Performance[] = [];
try {
  for (const story of chosen) {
    if (!interruption.signal.aborted) performances.push(await perform(story));
  }
} finally {
  if (!wasUp) await down((line) => console.log(line));
}
console.log(`\n${summary(performances).join('\n')}\n`);
process.exit(performances.length === chosen.length && performances.every(passed) ? 0 : 1);

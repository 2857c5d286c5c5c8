import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { captureThread, type Batch, type Report } from '../../operator/router/capture/thread.ts';
import { bundle, stageContext } from './context.ts';
import { repository } from './paths.ts';
import { recipes } from './recipes.ts';
import { run } from './run.ts';

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'image-context-'));
  await work(folder).finally(() => rm(folder, { recursive: true }));
}

test('every file that the Python Dockerfile copies by name is in its context', () => inFolder(async (folder) => {
  const context = join(folder, 'python');
  await stageContext('python', context);
  const dockerfile = await readFile(join(context, recipes.python.dockerfile), 'utf8');
  const named = /^COPY (python\/.*\.txt) \//m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  expect(named).toEqual(['python/requirements.txt', 'python/constraints.txt']);
  await Promise.all(named.map((path) => access(join(context, path))));
}));

test('every file that the Dockerfile of the statistics copies is in its context, and no test is', () => inFolder(async (folder) => {
  const context = join(folder, 'statistics');
  await stageContext('statistics', context);
  expect((await readdir(context)).sort()).toEqual(['Dockerfile', 'constraints.txt', 'requirements.txt']);
}));

test('a staged context replaces an older one completely', () => inFolder(async (folder) => {
  await writeFile(join(folder, 'leftover'), '');
  await stageContext('python', folder);
  await expect(access(join(folder, 'leftover'))).rejects.toThrow('ENOENT');
}));

test('the bundle runs although a CommonJS dependency calls require', () => inFolder(async (folder) => {
  await writeFile(join(folder, 'old.cjs'), "module.exports = require('path').posix.sep;");
  await writeFile(join(folder, 'entry.ts'), "import sep from './old.cjs'; const shown: string = sep; console.log(shown);");
  await bundle(join(folder, 'entry.ts'), join(folder, 'app'));
  expect(await run([process.execPath, join(folder, 'app/modelkeeper.mjs')])).toBe('/');
}));

test('the bundle of the operator is also the thread in which a router counts', () => inFolder(async (folder) => {
  await bundle(join(repository, 'operator/main.ts'), join(folder, 'app'));
  const thread = new Worker(join(folder, 'app/modelkeeper.mjs'), captureThread);
  const bytes = new TextEncoder().encode('{"inputs":[{"name":"amount","shape":[1],"data":[5]}]}');
  const batch: Batch = { define: [{ id: 1, features: [{ type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [] }] }], forget: [], bytes, samples: [{ id: 1, bytes: bytes.length }] };
  thread.postMessage(batch);
  const [report] = await once(thread, 'message') as [Report];
  await thread.terminate();
  expect(report).toEqual({ rows: [1], ends: [1], cells: new Uint32Array([1]) });
}));

test('the program finds its native libraries beside it, as in the image', () => inFolder(async (folder) => {
  const [context, work] = [join(folder, 'operator'), join(folder, 'work')];
  await stageContext('operator', context);
  await rename(join(context, 'node_modules'), join(context, 'app/node_modules'));
  await mkdir(join(work, 'inputs'), { recursive: true });
  await writeFile(join(work, 'inputs/rows'), 'amount\n1\n');
  const task = JSON.stringify({ verb: 'profile', work, input: 'rows' });
  await run(['env', `MODELKEEPER_TASK=${task}`, process.execPath, join(context, 'app/modelkeeper.mjs'), 'agent', 'profile']);
  expect(JSON.parse(await readFile(join(work, 'outputs/profile'), 'utf8'))).toMatchObject({ rows: 1, features: [{ name: 'amount' }] });
}), 30_000);

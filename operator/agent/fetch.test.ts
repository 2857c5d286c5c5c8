import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { access, constants, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exitCodes } from '../dataplane/task.ts';
import { namesIn, readTree, treeOf, Volumes, writeTree } from './testing/volumes.ts';

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
  await writeTree(volumes.path('claim', 'days'), treeOf({ 'a.csv': '1', 'b.csv.tmp': 'half', 'sub/c.csv': '3', 'sub/x.tmp/d.csv': 'half' }));
});
afterEach(() => volumes.remove());

const input = (path: string) => volumes.fetch({ name: 'days', from: { root: volumes.path('claim'), path } });
const fetched = () => volumes.path('work', 'inputs', 'days');

test('the folders of a step are there, empty and writable, also when an earlier attempt left something', async () => {
  await writeTree(volumes.path('work'), treeOf({ 'outputs/model/half': 'x', 'inputs/days/old': 'x' }));
  expect((await volumes.fetch()).exitCode).toBe(0);
  expect(await namesIn(volumes.path('work'))).toEqual(['home', 'inputs', 'outputs', 'results', 'tmp']);
  for (const name of await namesIn(volumes.path('work'))) {
    await access(volumes.path('work', name), constants.W_OK);
    expect(await namesIn(volumes.path('work', name))).toEqual([]);
  }
});

test('a plain folder arrives without what is unfinished, and its digest is that of the same content in the store', async () => {
  const digest = await volumes.published(treeOf({ 'a.csv': '1', 'sub/c.csv': '3' }));
  const { exitCode, message } = await input('days');
  expect({ exitCode, message }).toEqual({ exitCode: 0, message: { artifacts: [{ name: 'days', digest, bytes: 2 }], results: [] } });
  expect(await readTree(fetched())).toEqual(treeOf({ 'a.csv': '1', 'sub/c.csv': '3' }));
});

test('the root of a claim can be fetched as well', async () => {
  expect((await input('')).exitCode).toBe(0);
  expect(await namesIn(fetched())).toEqual(['days']);
});

test('a plain file arrives as a file, and its digest is that of the same content in the store', async () => {
  const digest = await volumes.published(Buffer.from('1'));
  expect((await input('days/a.csv')).message?.artifacts).toEqual([{ name: 'days', digest, bytes: 1 }]);
  expect(await readFile(fetched(), 'utf8')).toBe('1');
});

test('an artifact that is a file arrives as a file', async () => {
  const digest = await volumes.published(Buffer.from('weights'));
  expect((await volumes.fetchArtifact(digest)).exitCode).toBe(0);
  expect(await readFile(volumes.path('work', 'inputs', 'in'), 'utf8')).toBe('weights');
});

test('a link inside the claim is followed', async () => {
  await writeTree(volumes.path('claim', 'elsewhere'), treeOf({ 'e.csv': '5' }));
  await symlink('../elsewhere', volumes.path('claim', 'days', 'linked'));
  expect((await input('days')).exitCode).toBe(0);
  expect((await readTree(fetched())).get('linked/e.csv')?.toString()).toBe('5');
});

test('what is fetched can be changed by the step', async () => {
  await input('days');
  await writeFile(join(fetched(), 'a.csv'), 'changed');
  expect((await stat(fetched())).mode & 0o777).toBe(0o775);
});

test.each(['../work', 'days/../../work', '/etc', 'a\0b'])('the path %j is refused', async (path) => {
  const { exitCode, message } = await input(path);
  expect({ exitCode, artifacts: message?.artifacts }).toEqual({ exitCode: exitCodes.InvalidTask, artifacts: [] });
});

test.each([
  ['the location itself', 'link'],
  ['a link in the folder', 'days'],
])('a symbolic link out of the claim is refused: %s', async (_, path) => {
  await symlink('/etc', path === 'days' ? volumes.path('claim', 'days', 'link') : volumes.path('claim', 'link'));
  const { exitCode, message } = await input(path);
  expect(exitCode).toBe(exitCodes.AccessDenied);
  expect(message?.error).toMatch(/^input days: .*link.* leads out of/);
});

test.each([
  ['a link to a folder above it', (path: string) => symlink('..', path), /leads to a folder that contains it/],
  ['a link to nothing', (path: string) => symlink('nowhere', path), /leads nowhere/],
  ['a named pipe', (path: string) => Promise.resolve(void execFileSync('mkfifo', [path])), /is a named pipe/],
])('%s is refused', async (_, make, sentence) => {
  await make(volumes.path('claim', 'days', 'odd'));
  const { exitCode, message } = await input('days');
  expect(exitCode).toBe(exitCodes.AccessDenied);
  expect(message?.error).toMatch(sentence);
});

test('a name that is not UTF-8 is refused, for no manifest can hold it', async () => {
  await writeFile(Buffer.concat([Buffer.from(`${volumes.path('claim', 'days')}/`), Buffer.from([0xff])]), '');
  expect((await input('days')).message?.error).toMatch(/is not UTF-8/);
});

test('an input that has no place is an empty folder, and the message leaves it out', async () => {
  const { exitCode, message } = await volumes.fetch({ name: 'champion' }, { name: 'days', from: { root: volumes.path('claim'), path: 'days' } });
  expect({ exitCode, names: message?.artifacts.map(({ name }) => name) }).toEqual({ exitCode: 0, names: ['days'] });
  expect(await namesIn(volumes.path('work', 'inputs', 'champion'))).toEqual([]);
});

test('a path where nothing is, is not found', async () => {
  expect((await input('nights')).exitCode).toBe(exitCodes.NotFound);
});

test('an input name cannot lead out of the inputs', async () => {
  await mkdir(volumes.path('elsewhere'));
  expect((await volumes.fetch({ name: '../../elsewhere', from: { root: volumes.path('claim'), path: 'days' } })).exitCode).toBe(exitCodes.InvalidTask);
  expect(await namesIn(volumes.path('elsewhere'))).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stat, symlink } from 'node:fs/promises';
import { exitCodes } from '../dataplane/task.ts';
import { namesIn, readTree, treeOf, Volumes, writeTree } from './testing/volumes.ts';

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
});
afterEach(() => volumes.remove());

test('a folder is loaded with its names at the top, readable by any user', async () => {
  const tree = treeOf({ 'model.joblib': 'weights', '.hidden/x': 'y' });
  const { exitCode } = await volumes.load(await volumes.published(tree));
  expect(exitCode).toBe(0);
  expect(await readTree(volumes.path('models'))).toEqual(tree);
  expect((await stat(volumes.path('models', 'model.joblib'))).mode & 0o444).toBe(0o444);
  expect((await stat(volumes.path('models', '.hidden'))).mode & 0o555).toBe(0o555);
});

test('a single file is loaded as data', async () => {
  await volumes.load(await volumes.published(Buffer.from('weights')));
  expect(await readTree(volumes.path('models'))).toEqual(treeOf({ data: 'weights' }));
});

test('what an earlier, interrupted load left is removed', async () => {
  await writeTree(volumes.path('models'), treeOf({ '.loading-abc/half': 'x', 'stale.bin': 'x' }));
  const tree = treeOf({ 'model.joblib': 'weights' });
  await volumes.load(await volumes.published(tree));
  expect(await readTree(volumes.path('models'))).toEqual(tree);
});

test('an artifact is not read through a link out of the store', async () => {
  const digest = await volumes.published(treeOf({ a: '1' }));
  const other = `sha256:${'1'.repeat(64)}`;
  await symlink(volumes.path('claim'), volumes.artifact(other));
  expect((await volumes.load(other)).exitCode).toBe(exitCodes.AccessDenied);
  expect((await volumes.load(digest)).exitCode).toBe(0);
  expect(await namesIn(volumes.path('models'))).toEqual(['a']);
});

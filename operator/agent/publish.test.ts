import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { exitCodes } from '../dataplane/task.ts';
import { namesIn, readTree, treeOf, Volumes, writeTree, type Ended } from './testing/volumes.ts';

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
  await volumes.fetch();
});
afterEach(() => volumes.remove());

const model = treeOf({ 'model.joblib': 'weights', 'card/card.json': '{}' });
const out = (...names: string[]) => volumes.path('work', 'outputs', 'out', ...names);
const result = (name: string, value: string | Buffer) => writeFile(volumes.path('work', 'results', name), value);

async function expectRefused(ended: Promise<Ended>, exitCode: number, sentence: RegExp): Promise<void> {
  const { exitCode: actual, message } = await ended;
  expect({ actual, artifacts: message?.artifacts }).toEqual({ actual: exitCode, artifacts: [] });
  expect(message?.error).toMatch(sentence);
  expect(await namesIn(volumes.path('store', 'team', 'sha256'))).toEqual([]);
  expect(await namesIn(volumes.path('store', 'team', 'runs'))).toEqual([]);
  expect(await namesIn(volumes.path('store', 'team', 'tmp'))).toEqual([]);
}

test('outputs and results are in the message, and recall repeats it', async () => {
  await writeTree(out(), model);
  await writeFile(volumes.path('work', 'outputs', 'single'), 'one file');
  await result('auc', ' 0.9731\n');
  const { exitCode, message } = await volumes.publish({ outputs: ['out', 'single'], results: ['auc'] });
  expect(exitCode).toBe(0);
  expect(message).toMatchObject({ artifacts: [{ name: 'out', bytes: 9 }, { name: 'single', bytes: 8 }], results: [{ name: 'auc', value: '0.9731' }] });
  expect(await volumes.recall()).toMatchObject({ exitCode: 0, message });
  expect(await namesIn(volumes.path('store', 'team', 'tmp'))).toEqual([]);
});

test('an output stays with the step: it is copied, not moved', async () => {
  await writeTree(out(), model);
  await volumes.publish();
  expect(await readTree(out())).toEqual(model);
});

test('an attempt that left no record cannot be recalled', async () => {
  expect((await volumes.recall({ runUid: 'run-1', step: 'train', attempt: 2 })).exitCode).toBe(exitCodes.NotFound);
});

test('an altered record is not believed', async () => {
  await volumes.published(model);
  await writeFile(volumes.path('store', 'team', 'runs', 'run-1', 'train-1.json'), '{"v":1,"a":[],"r":[]}#00000000');
  expect((await volumes.recall()).exitCode).toBe(exitCodes.DigestMismatch);
});

test('the same content published at once by several pods is stored once and all succeed', async () => {
  await writeTree(out(), model);
  const runs = await Promise.all([1, 2, 3, 4, 5].map((attempt) => volumes.publish({ record: { runUid: 'run', step: 'train', attempt } })));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
  expect(await namesIn(volumes.path('store', 'team', 'sha256'))).toHaveLength(1);
  expect(await namesIn(volumes.path('store', 'team', 'tmp'))).toEqual([]);
});

test.each(['files/model.joblib', 'manifest.json'])('a stored artifact with a damaged %s is replaced when it is published again', async (file) => {
  const digest = await volumes.published(model);
  await writeFile(volumes.artifact(digest, file), 'damaged');
  expect((await volumes.verify(digest)).exitCode).toBe(exitCodes.DigestMismatch);
  expect(await volumes.published(model)).toBe(digest);
  expect((await volumes.verify(digest)).exitCode).toBe(0);
  expect(await namesIn(volumes.path('store', 'team', 'tmp'))).toEqual([]);
});

test('what a publisher left that was killed long ago is removed, and what one is writing now is not', async () => {
  await writeTree(volumes.path('store', 'team', 'tmp', 'old'), model);
  await writeTree(volumes.path('store', 'team', 'tmp', 'new'), model);
  await utimes(volumes.path('store', 'team', 'tmp', 'old'), 0, 0);
  await volumes.published(model);
  expect(await namesIn(volumes.path('store', 'team', 'tmp'))).toEqual(['new']);
});

describe('an output is refused', () => {
  test('when the step did not write it', () => expectRefused(volumes.publish(), exitCodes.OutputMissing, /did not write output out/));

  test('when its folder was replaced by a link to somewhere else', async () => {
    await writeTree(volumes.path('claim', 'out'), model);
    await rm(volumes.path('work', 'outputs'), { recursive: true });
    await symlink(volumes.path('claim'), volumes.path('work', 'outputs'));
    await expectRefused(volumes.publish(), exitCodes.OutputMissing, /through a symbolic link/);
  });

  test('when it is a link itself', async () => {
    await symlink(volumes.path('claim'), out());
    await expectRefused(volumes.publish(), exitCodes.OutputMissing, /through a symbolic link/);
  });

  test('when a link in it leads out of it', async () => {
    await writeTree(out(), model);
    await symlink('../../home', out('link'));
    await expectRefused(volumes.publish(), exitCodes.OutputMissing, /output out: the symbolic link "link" leads out/);
  });

  test('when it holds a named pipe', async () => {
    await mkdir(out());
    execFileSync('mkfifo', [out('pipe')]);
    await expectRefused(volumes.publish(), exitCodes.OutputMissing, /"pipe" is a named pipe/);
  });

  test('when it holds a socket', async () => {
    await mkdir(out());
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(out('s'), resolve));
    await expectRefused(volumes.publish(), exitCodes.OutputMissing, /"s" is a socket/);
    await new Promise((resolve) => server.close(resolve));
  });

  test('when its name is a path', () => expectRefused(volumes.publish({ outputs: ['../home'] }), exitCodes.InvalidTask, /is not a file name/));
});

test('links that stay inside an output are stored as what they lead to, and folders without files are not stored', async () => {
  await writeTree(out(), model);
  await mkdir(out('empty', 'folder'), { recursive: true });
  await symlink('model.joblib', out('latest'));
  await symlink('card', out('cards'));
  const { message } = await volumes.publish();
  const expected = treeOf({ 'model.joblib': 'weights', 'latest': 'weights', 'card/card.json': '{}', 'cards/card.json': '{}' });
  expect(await readTree(volumes.artifact(message!.artifacts[0]!.digest, 'files'))).toEqual(expected);
});

describe('a result is refused', () => {
  const refused = (sentence: RegExp) => expectRefused(volumes.publish({ outputs: [], results: ['auc'] }), exitCodes.ResultInvalid, sentence);

  test('when the step did not write it', () => refused(/did not write result auc/));
  test.each([
    ['it has more than 32 bytes', 'é'.repeat(17)],
    ['it never ends', '1'.repeat(100_000)],
    ['it has several lines', '1\n2'],
    ['it is not text', Buffer.from([0xff])],
  ])('when %s', async (_, value) => {
    await result('auc', value);
    await refused(/is not one line of text of at most 32 bytes/);
  });

  test('when it is a link to a file of someone else', async () => {
    await symlink('/etc/hostname', volumes.path('work', 'results', 'auc'));
    await refused(/through a symbolic link/);
  });

  test('when all together do not fit the message', async () => {
    const names = Array.from({ length: 16 }, (_, index) => `${'long-name'.repeat(6)}${index}`);
    for (const name of names) await result(name, '"'.repeat(32));
    await expectRefused(volumes.publish({ outputs: [], results: names }), exitCodes.ResultInvalid, /too long together/);
  });
});

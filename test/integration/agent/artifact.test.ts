import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appendFile, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { manifestDigest } from '../../../operator/dataplane/manifest.ts';
import { exitCodes } from '../../../operator/dataplane/task.ts';
import { anyTree } from '../../../operator/agent/testing/trees.ts';
import { namesIn, readTree, treeOf, Volumes } from '../../../operator/agent/testing/volumes.ts';

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
});
afterEach(() => volumes.remove());

test('any tree that is published is fetched and loaded with the same bytes', async () => {
  await fc.assert(fc.asyncProperty(anyTree, async (tree) => {
    const digest = await volumes.published(tree);
    const fetched = await volumes.fetchArtifact(digest);
    expect(fetched.message).toEqual({ artifacts: [{ name: 'in', digest, bytes: sizeOf(tree) }], results: [] });
    expect(await readTree(volumes.path('work', 'inputs', 'in'))).toEqual(tree);
    expect((await volumes.load(digest)).exitCode).toBe(0);
    expect(await readTree(volumes.path('models'))).toEqual(tree);
    expect((await volumes.verify(digest)).exitCode).toBe(0);
  }), { numRuns: 30 });
});

type Damage = (digest: string, choice: number) => Promise<void>;
const damages: Readonly<Record<string, Damage>> = {
  'a flipped byte of a file': async (digest, choice) => flipByte(await pickFile(digest, choice), choice),
  'a byte more in a file': async (digest, choice) => appendFile(await pickFile(digest, choice), 'x'),
  'a file less': async (digest, choice) => rm(await pickFile(digest, choice)),
  'a file more': async (digest) => writeFile(volumes.artifact(digest, 'files', 'one more'), ''),
  'a link to outside instead of a file': async (digest, choice) => {
    const path = await pickFile(digest, choice);
    await rm(path);
    await symlink('/etc/hostname', path);
  },
  'a flipped byte of the manifest': async (digest, choice) => flipByte(volumes.artifact(digest, 'manifest.json'), choice),
  'a space more in the manifest': async (digest) => appendFile(volumes.artifact(digest, 'manifest.json'), ' '),
  'no manifest': async (digest) => rm(volumes.artifact(digest, 'manifest.json')),
  'no files at all': async (digest) => rm(volumes.artifact(digest, 'files'), { recursive: true }),
};

const damagedTree = anyTree.filter((tree) => [...tree.values()].some((content) => content.length > 0));

test.each(Object.entries(damages))('%s is noticed by fetch, load and verify, and nothing is left to serve', async (_, damage) => {
  await fc.assert(fc.asyncProperty(damagedTree, fc.nat(), async (tree, choice) => {
    await rm(volumes.path('store'), { recursive: true, force: true });
    const digest = await volumes.published(tree);
    await damage(digest, choice);
    for (const ended of [await volumes.fetchArtifact(digest), await volumes.load(digest), await volumes.verify(digest)]) {
      expect(ended).toMatchObject({ exitCode: exitCodes.DigestMismatch, message: { artifacts: [] } });
      expect(ended.message?.error).toMatch(/does not have its digest/);
    }
    expect(await namesIn(volumes.path('models'))).toEqual([]);
  }), { numRuns: 5 });
});

describe('an artifact whose manifest has the right digest and a wrong content', () => {
  test.each(['../../../secret', '/etc/passwd', 'a/../b', 'a//b', './a'])('the path %s is refused', async (path) => {
    const manifest = { kind: 'Directory' as const, files: [{ path, bytes: 0, sha256: '0'.repeat(64) }] };
    const digest = manifestDigest(manifest);
    const honest = await volumes.published(treeOf({ a: 'x' }));
    await writeFile(volumes.artifact(honest, 'manifest.json'), JSON.stringify(manifest));
    await rename(volumes.artifact(honest), volumes.artifact(digest));
    expect((await volumes.load(digest)).message?.error).toMatch(/manifest is not canonical/);
  });
});

test('an artifact that is not in the store is not found', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  expect((await volumes.load(digest)).exitCode).toBe(exitCodes.NotFound);
  expect((await volumes.verify(digest)).exitCode).toBe(exitCodes.NotFound);
});

/** One of the artifact's files that are not empty. */
async function pickFile(digest: string, choice: number): Promise<string> {
  const files = [...await readTree(volumes.artifact(digest, 'files'))].filter(([, content]) => content.length > 0);
  return volumes.artifact(digest, 'files', files[choice % files.length]![0]);
}

async function flipByte(path: string, choice: number): Promise<void> {
  const bytes = await readFile(path);
  const at = choice % bytes.length;
  bytes[at]! ^= 1 << (choice % 8);
  await writeFile(path, bytes);
}

function sizeOf(tree: ReadonlyMap<string, Buffer>): number {
  return [...tree.values()].reduce((sum, content) => sum + content.length, 0);
}

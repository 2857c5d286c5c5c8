import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactPath } from '../../../operator/dataplane/manifest.ts';
import { anyTree } from '../../../operator/agent/testing/trees.ts';
import { treeOf, Volumes } from '../../../operator/agent/testing/volumes.ts';

const script = join(import.meta.dirname, '../../..', 'examples', 'python', 'check_artifact.py');
const hasPython = spawnSync('python3', ['-c', 'import hashlib; hashlib.file_digest']).status === 0;
const withPython = hasPython ? test : test.skip;

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
});
afterEach(() => volumes.remove());

function check(digests: readonly string[]) {
  const paths = digests.map((digest) => artifactPath(volumes.namespace, digest));
  const { status, stdout } = spawnSync('python3', [script, '--root', volumes.path('store'), '--path', ...paths], { encoding: 'utf8' });
  return { status, digests: stdout.split('\n').slice(0, -1) };
}

withPython('Python computes the same digests of any trees and files', async () => {
  const digests = [await volumes.published(Buffer.from('one file'))];
  for (const tree of fc.sample(anyTree, 40)) digests.push(await volumes.published(tree));
  expect(check(digests)).toEqual({ status: 0, digests });
});

withPython('Python notices altered bytes', async () => {
  const digest = await volumes.published(treeOf({ 'model.joblib': 'weights' }));
  await appendFile(volumes.artifact(digest, 'files', 'model.joblib'), '!');
  expect(check([digest]).status).toBe(1);
});

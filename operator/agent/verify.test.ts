import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { fileDigest } from '../dataplane/manifest.ts';
import { exitCodes, maxProfileBytes, profileLine } from '../dataplane/task.ts';
import { treeOf, Volumes } from './testing/volumes.ts';

let volumes: Volumes;
let model: string;
beforeEach(async () => {
  volumes = await Volumes.create();
  model = await volumes.published(treeOf({ 'model.bin': 'weights' }));
});
afterEach(() => volumes.remove());

/** What follows the prefix on the one line that has it. */
function printed(log: readonly string[]): string {
  const lines = log.join('\n').split('\n').filter((line) => line.startsWith(profileLine));
  expect(lines).toHaveLength(1);
  return lines[0]?.slice(profileLine.length) ?? '';
}

describe('a profile', () => {
  test('is verified with its model, and printed on one line', async () => {
    const content = Buffer.from('{"schemaVersion":1}');
    const digest = await volumes.published(content);
    const { exitCode, message, log } = await volumes.verify(model, digest);
    expect({ exitCode, artifacts: message?.artifacts }).toEqual({
      exitCode: 0, artifacts: [{ name: 'artifact', digest: model, bytes: 7 }, { name: 'profile', digest, bytes: content.length }],
    });
    const file = gunzipSync(Buffer.from(printed(log), 'base64'));
    expect([file, fileDigest(file)]).toEqual([content, digest]);
    expect(printed((await volumes.verify(model, digest)).log)).toBe(printed(log));
  });

  test('that no ConfigMap could hold is not printed', async () => {
    const digest = await volumes.published(randomBytes(maxProfileBytes));
    const { exitCode, log } = await volumes.verify(model, digest);
    expect([exitCode, printed(log)]).toEqual([0, '']);
  });

  test('that was altered fails the version, and is not printed', async () => {
    const digest = await volumes.published(Buffer.from('{}'));
    await writeFile(volumes.artifact(digest, 'files', 'data'), '[]');
    const { exitCode, message, log } = await volumes.verify(model, digest);
    expect({ exitCode, error: message?.error }).toEqual({ exitCode: exitCodes.DigestMismatch, error: 'profile: the artifact does not have its digest: the file "data" was altered' });
    expect(log.join()).not.toContain(profileLine);
  });

  test('is a file, and no folder', async () => {
    const digest = await volumes.published(treeOf({ 'profile.json': '{}' }));
    const { exitCode, message } = await volumes.verify(model, digest);
    expect({ exitCode, error: message?.error }).toEqual({ exitCode: exitCodes.DigestMismatch, error: 'profile: it is not a single file' });
  });
});

test('a model without a profile prints none', async () => {
  const { exitCode, log } = await volumes.verify(model);
  expect([exitCode, log]).toEqual([0, []]);
});

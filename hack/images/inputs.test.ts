import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentKey, inputFiles } from './inputs.ts';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'image-inputs-'));
  await mkdir(join(root, 'operator/api'), { recursive: true });
  await writeFile(join(root, 'operator/main.ts'), 'main');
  await writeFile(join(root, 'operator/main.test.ts'), 'test');
  await writeFile(join(root, 'operator/api/kind.ts'), 'kind');
  await writeFile(join(root, 'README.md'), 'readme');
});
afterEach(() => rm(root, { recursive: true }));

const files = (): Promise<string[]> => inputFiles(root, ['operator/**/*']);
const key = async (): Promise<string> => contentKey(root, await files());

describe('the inputs of an image', () => {
  test('are the matching files, sorted, without folders and tests', async () => {
    expect(await files()).toEqual(['operator/api/kind.ts', 'operator/main.ts']);
  });

  test('give the same key as long as nothing that matches changes', async () => {
    const before = await key();
    await writeFile(join(root, 'README.md'), 'other');
    await writeFile(join(root, 'operator/main.test.ts'), 'other');
    expect(await key()).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{12}$/);
  });

  test.each([
    ['an edit', () => writeFile(join(root, 'operator/main.ts'), 'edited')],
    ['a new file', () => writeFile(join(root, 'operator/new.ts'), '')],
    ['a removed file', () => rm(join(root, 'operator/api/kind.ts'))],
    ['a renamed file', () => rename(join(root, 'operator/main.ts'), join(root, 'operator/start.ts'))],
  ])('give another key after %s', async (_, change) => {
    const before = await key();
    await change();
    expect(await key()).not.toBe(before);
  });
});

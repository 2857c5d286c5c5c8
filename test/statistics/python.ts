import { join } from 'node:path';
import { runInImage } from '../../hack/images/container.ts';
import { repository } from '../../hack/images/paths.ts';

/** Runs a script of this folder with scipy and Evidently, which finds `files` in /input, and returns what it prints as JSON. */
export async function python(script: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<unknown> {
  const scripts = join(repository, 'test/statistics');
  const output = await runInImage({ image: 'statistics', command: ['python', `/scripts/${script}`], scripts, files }, { install: process.env.CI === 'true', progress: () => undefined });
  return JSON.parse(output);
}

import { join } from 'node:path';
import { runInImage } from '../../hack/images/container.ts';
import { repository } from '../../hack/images/paths.ts';

/** Runs a script of this folder with scipy and Evidently, and returns what it prints as JSON. */
export async function python(script: string, input: unknown): Promise<unknown> {
  const scripts = join(repository, 'test/statistics');
  const output = await runInImage({ image: 'statistics', command: ['python', `/scripts/${script}`, '/input/input.json'], scripts, input }, { install: process.env.CI === 'true', progress: () => undefined });
  return JSON.parse(output);
}

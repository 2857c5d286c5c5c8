import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedPath } from '../../cluster/binaries.ts';
import { sources, type BinaryName } from '../../cluster/sources.ts';
import { describeImage, isBuilt } from '../../images/build.ts';
import { imageNames } from '../../images/recipes.ts';

/** What of the long work is done already, in a line for each cache. */
export async function cacheStates(): Promise<string[]> {
  const binaries = Object.keys(sources) as BinaryName[];
  const built = await Promise.all(imageNames.map(async (name) => isBuilt(await describeImage(name))));
  return [
    state('Go binaries', binaries.filter(isThere).length, binaries.length),
    state('images', built.filter((is) => is).length, imageNames.length),
  ];
}

function isThere(name: BinaryName): boolean {
  const assets = process.env.KUBEBUILDER_ASSETS;
  return existsSync(cachedPath(name)) || (assets !== undefined && existsSync(join(assets, name)));
}

function state(what: string, there: number, all: number): string {
  return `${what}: ${there === all ? 'warm' : 'cold'}, ${there} of ${all} are built`;
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir } from '../cluster/paths.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Finished archives and staged build contexts. */
export const imagesFolder = join(cacheDir, 'images');

/** Everything buildah keeps; deleting it costs one cold build and fetches Debian's newest packages. */
export const buildahFolder = join(cacheDir, 'buildah');

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export const cache = process.env['MODELKEEPER_CACHE'] || join(repository, '.cache');

/** Finished archives and staged build contexts. */
export const imagesFolder = join(cache, 'images');

/** Everything buildah keeps; deleting it costs one cold build and fetches Debian's newest packages. */
export const buildahFolder = join(cache, 'buildah');

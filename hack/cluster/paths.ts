import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this file, where the Go modules are. */
export const clusterSource = dirname(fileURLToPath(import.meta.url));

/** Where built binaries and the node's state are kept between runs. */
export const cacheDir = resolve(process.env.MODELKEEPER_CACHE || `${clusterSource}/../../.cache`);

import { join } from 'node:path';
import { cacheDir } from '../../hack/cluster/paths.ts';

/** Where the setup tells the test files how to reach the cluster. The setup cannot import what imports Jest's globals. */
export const scenePath = join(cacheDir, 'e2e-scene.json');

/** A namespace whose objects may send notices. */
export const notifyingNamespace = 'modelkeeper-e2e';

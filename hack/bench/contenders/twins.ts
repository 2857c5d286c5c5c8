import { join } from 'node:path';
import { cachedPath, ensureBinaries, type Progress } from '../../cluster/binaries.ts';
import { bundled, type Contender } from './contender.ts';
import { virtualEnv } from './virtualenv.ts';

const both = [1, 16] as const;

/** The same work in Go, built from modules. */
function goTwin(name: string, workers: number, env: Readonly<Record<string, string>>): Contender {
  return {
    name, workers,
    prepare: async (progress: Progress) => {
      await ensureBinaries(['controller-runtime-twin'], progress);
    },
    command: () => ({ file: cachedPath('controller-runtime-twin'), args: [], env }),
  };
}

const here = (file: string): string => join(import.meta.dirname, file);
const python = virtualEnv('kopf', here('kopf/requirements.txt'));

/** The same work in Python, by kopf's own command, which takes the faster event loop that is installed beside it. */
const kopf = (workers: number): Contender => ({
  name: 'kopf', workers, prepare: python.prepare,
  command: () => ({ file: python.program('python'), args: ['-m', 'kopf', 'run', '--quiet', '--standalone', '--all-namespaces', here('kopf/widgets.py')], env: {} }),
});

/** What the engine is measured against: the same work, written as well as we can with what others ship. */
export const twins: readonly Contender[] = [
  ...both.map((workers) => goTwin('controller-runtime', workers, {})),
  ...both.map((workers) => goTwin('controller-runtime-apply', workers, { APPLY: 'true' })),
  ...both.map((workers): Contender => ({ ...goTwin('controller-runtime-tuned', workers, { TUNED: 'true' }), optional: true })),
  ...both.map((workers): Contender => ({ name: 'informer', workers, ...bundled('informer/main.ts') })),
  ...both.map(kopf),
];

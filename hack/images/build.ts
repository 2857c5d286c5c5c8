import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../cluster/lock.ts';
import { cacheDir } from '../cluster/paths.ts';
import { ensureBase } from './base.ts';
import { type Buildah, buildArguments, openBuildah } from './buildah.ts';
import { stageContext } from './context.ts';
import { contentKey, inputFiles } from './inputs.ts';
import { requirePackages } from './packages.ts';
import { imagesFolder, repository } from './paths.ts';
import { type ImageName, recipes } from './recipes.ts';

export interface Image {
  name: ImageName;
  /** Unique for its content, so that `imagePullPolicy: IfNotPresent` never runs an older build. */
  ref: string;
  /** An OCI archive; it exists once the image is built. */
  archive: string;
}

export interface BuildOptions {
  /** May packages of the operating system be installed? */
  install: boolean;
  progress: (line: string) => void;
}

const archivesKept = 3;

/** The image that the present sources ask for, built or not. */
export async function describeImage(name: ImageName): Promise<Image> {
  const key = await contentKey(repository, await inputFiles(repository, recipes[name].inputs));
  return { name, ref: `modelkeeper.local/${name}:${key}`, archive: join(imagesFolder, `${name}-${key}.tar`) };
}

export async function isBuilt({ archive }: Image): Promise<boolean> {
  return access(archive).then(() => true, () => false);
}

/** Builds the image unless an archive for exactly these sources exists. */
export async function ensureImage(name: ImageName, { install, progress }: BuildOptions): Promise<Image> {
  const image = await describeImage(name);
  if (await isBuilt(image)) {
    progress(`${name} image: warm, ${image.ref}`);
    return image;
  }
  if (process.getuid?.() !== 0) {
    throw new Error('building images without Docker needs root on Linux: repeat as root, or build with Docker: npm run images -- context');
  }
  await requirePackages(install, progress);
  return alone(progress, () => build(name, stopwatch(name, progress)));
}

/** Buildah's storage is one for the machine, and is used by one process at a time. */
export async function alone<T>(progress: (line: string) => void, work: () => Promise<T>): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  return withLock(join(cacheDir, 'images.lock'), () => progress('waiting for another image build to end'), work);
}

function stopwatch(name: ImageName, progress: (line: string) => void): (line: string) => void {
  const start = performance.now();
  return (line) => progress(`${name} image: ${((performance.now() - start) / 1000).toFixed(0).padStart(3)} s  ${line}`);
}

async function build(name: ImageName, progress: (line: string) => void): Promise<Image> {
  const { image, context } = await stageSettled(name, progress);
  if (await isBuilt(image)) {
    progress('another process has just built it');
    return image;
  }
  const buildah = await openBuildah((line) => {
    const step = /STEP (\d+\/\d+: \S+ .{0,60})/.exec(line);
    if (step?.[1] !== undefined) progress(step[1]);
  });
  await ensureBase(buildah, progress);
  const certificates = process.env['PIP_CERT'] ?? process.env['SSL_CERT_FILE'];
  await buildah(...buildArguments({ context, dockerfile: recipes[name].dockerfile, ref: image.ref, certificates }));
  progress('writing the archive');
  const partial = `${image.archive}.partial`;
  await rm(partial, { force: true });
  await buildah('push', '--quiet', image.ref, `oci-archive:${partial}:${image.ref}`);
  await rename(partial, image.archive);
  await forgetOlder(buildah, image);
  progress(`built, ${image.ref}, ${((await stat(image.archive)).size / 1e6).toFixed(0)} MB`);
  return image;
}

/** A source saved while its context is staged would put newer content under an older name: staged again until it is still. */
async function stageSettled(name: ImageName, progress: (line: string) => void): Promise<{ image: Image; context: string }> {
  const context = join(imagesFolder, 'context', name);
  while (true) {
    const image = await describeImage(name);
    await stageContext(name, context);
    if ((await describeImage(name)).ref === image.ref) return { image, context };
    progress('a source file changed meanwhile, starting again');
  }
}

/** Keeps the disk in bounds: buildah's storage holds the newest image of a name, the cache its newest archives. */
async function forgetOlder(buildah: Buildah, { name, ref }: Image): Promise<void> {
  const tags = (await buildah('images', '--format', '{{.Name}}:{{.Tag}}')).split('\n');
  const older = tags.filter((tag) => tag.startsWith(`modelkeeper.local/${name}:`) && tag !== ref);
  if (older.length > 0) await buildah('rmi', ...older);
  const names = (await readdir(imagesFolder)).filter((file) => file.startsWith(`${name}-`));
  const archives = await Promise.all(names.map(async (file) => ({ file, at: (await stat(join(imagesFolder, file))).mtimeMs })));
  archives.sort((a, b) => b.at - a.at);
  await Promise.all(archives.slice(archivesKept).map(({ file }) => rm(join(imagesFolder, file))));
}

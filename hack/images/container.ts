import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alone, ensureImage, type BuildOptions } from './build.ts';
import { type Buildah, openBuildah } from './buildah.ts';
import { requirePackages } from './packages.ts';
import type { testImageNames } from './recipes.ts';

interface Program {
  readonly image: (typeof testImageNames)[number];
  readonly command: readonly string[];
  /** A folder that the program sees as /scripts. */
  readonly scripts: string;
  /** Files that the program finds in /input, by their names. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Why no container can be run on this machine, in one line. */
export function whyNoContainer(): string | undefined {
  return process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'running an image without Docker needs root on Linux';
}

/** Runs a program in an image that only tests use, without a node, and returns what it prints. Nothing is left of it. */
export async function runInImage({ image, command, scripts, files }: Program, options: BuildOptions): Promise<string> {
  const lacking = whyNoContainer();
  if (lacking !== undefined) throw new Error(lacking);
  await requirePackages(options.install, options.progress);
  const { ref, archive } = await ensureImage(image, options);
  return alone(options.progress, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'modelkeeper-input-'));
    try {
      // The program is not root.
      await chmod(folder, 0o755);
      for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
      const buildah = await openBuildah(() => undefined);
      const container = await made(buildah, ref, archive);
      const output = await buildah('run', '--volume', `${scripts}:/scripts:ro`, '--volume', `${folder}:/input:ro`, container, '--', ...command);
      await buildah('rm', container);
      return output;
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

/** The archive may be all that is left of an image. */
async function made(buildah: Buildah, ref: string, archive: string): Promise<string> {
  const known = (await buildah('images', '--format', '{{.Name}}:{{.Tag}}')).split('\n').includes(ref);
  return (await buildah('from', '--quiet', '--pull=never', known ? ref : `oci-archive:${archive}:${ref}`)).trim();
}

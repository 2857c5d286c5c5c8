import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type Buildah, temporaryFile } from './buildah.ts';
import { run } from './run.ts';

/** The name under which the Dockerfiles ask for it, so that with Docker they get the one of Docker's library. */
const baseImage = 'docker.io/library/debian:bookworm-slim';

/** What "slim" means: no manuals and no translations. */
const leftOut = ['man', 'doc', 'info', 'locale'];
const bootstrap = ['mmdebstrap', '--variant=minbase', ...leftOut.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`), 'bookworm'];

/** Makes Debian's base image from Debian's packages unless buildah's storage has it. */
export async function ensureBase(buildah: Buildah, progress: (line: string) => void): Promise<void> {
  const key = createHash('sha256').update(bootstrap.join(' ')).digest('hex').slice(0, 12);
  const made = `modelkeeper.local/base:${key}`;
  const known = await buildah('images', '--format', '{{.Name}}:{{.Tag}}');
  if (known.split('\n').includes(made)) return;
  progress('making the Debian base image (about a minute, once)');
  const rootfs = temporaryFile('rootfs.tar');
  await run([...bootstrap, rootfs]);
  const container = (await buildah('from', 'scratch')).trim();
  await buildah('add', '--quiet', container, rootfs, '/');
  await buildah('commit', '--quiet', '--rm', container, baseImage);
  await buildah('tag', baseImage, made);
  await rm(rootfs);
}

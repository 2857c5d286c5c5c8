import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { buildahFolder } from './paths.ts';
import { run } from './run.ts';

const overlayfs = 0x794c7630;
const temporary = join(buildahFolder, 'tmp');

/** Overlay does not nest: inside a container whose own disk is overlay only vfs works, which copies every layer in full. */
export function storageDriver(filesystemType: number): 'overlay' | 'vfs' {
  return filesystemType === overlayfs ? 'vfs' : 'overlay';
}

export type Buildah = (...args: string[]) => Promise<string>;

/** Buildah on its own storage, cleared of what a killed build left. The caller holds the lock. */
export async function openBuildah(onLine: (line: string) => void): Promise<Buildah> {
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const driver = storageDriver((await statfs(buildahFolder)).type);
  const storage = ['--root', join(buildahFolder, driver), '--runroot', join(buildahFolder, 'run'), '--storage-driver', driver];
  const env = { BUILDAH_ISOLATION: 'chroot', TMPDIR: temporary };
  const buildah: Buildah = (...args) => run(['buildah', ...storage, ...args], { env, onLine });
  await buildah('rm', '--all');
  return buildah;
}

export const temporaryFile = (name: string): string => join(temporary, name);

interface BuildRequest {
  context: string;
  dockerfile: string;
  ref: string;
  /** The machine's certificate bundle, for pip behind a proxy that has its own authority. */
  certificates: string | undefined;
}

export function buildArguments({ context, dockerfile, ref, certificates }: BuildRequest): string[] {
  const mounted = '/run/build-certificates.crt';
  const trust = certificates === undefined ? [] : ['--volume', `${certificates}:${mounted}:ro`, '--build-arg', `PIP_CERT=${mounted}`];
  return ['build', '--pull=never', '--network=host', '--layers', '--force-rm', '--format=oci', ...trust, '--tag', ref, '--file', join(context, dockerfile), context];
}

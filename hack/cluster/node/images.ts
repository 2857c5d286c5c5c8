import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ociArchive, type Image } from '../image.ts';
import { pauseImage } from './config.ts';
import { containerdSocket } from './layout.ts';

const run = promisify(execFile);

/** Puts the images of an OCI archive where kubelet finds them. `ctr` is the path of containerd's client. */
export async function importArchive(ctr: string, file: string): Promise<string> {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`);
  const { stdout } = await run(ctr, ['--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'import', file]);
  return stdout.trim();
}

/** Packs the programs that the node itself runs in pods into images and imports them. */
export async function importOwnImages(dir: string, binaries: Readonly<Record<'ctr' | 'pause' | 'coredns', string>>): Promise<void> {
  const images = [program(pauseImage, 'pause', binaries.pause), program('docker.io/local/coredns:1', 'coredns', binaries.coredns)];
  mkdirSync(join(dir, 'images'), { recursive: true });
  for (const [index, image] of images.entries()) {
    const file = join(dir, 'images', `${String(index)}.tar`);
    writeFileSync(file, ociArchive(image));
    await importArchive(binaries.ctr, file);
  }
}

function program(name: string, path: string, binary: string): Image {
  return { name, files: [{ path, content: readFileSync(binary), executable: true }], entrypoint: [`/${path}`] };
}

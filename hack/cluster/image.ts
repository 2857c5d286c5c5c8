import { createHash } from 'node:crypto';

export interface ImageFile {
  /** Relative, without a leading slash, at most 100 characters long. */
  readonly path: string;
  readonly content: Buffer;
  readonly executable?: boolean;
}

export interface Image {
  /** The full name, registry and tag included. */
  readonly name: string;
  readonly files: readonly ImageFile[];
  readonly entrypoint: readonly string[];
}

/** An OCI image of one layer as a tar archive, which containerd imports. The same input gives the same bytes. */
export function ociArchive(image: Image): Buffer {
  const layer = tar(image.files);
  const config = json({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Entrypoint: image.entrypoint, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [digest(layer)] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  const index = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { ...describe('application/vnd.oci.image.manifest.v1+json', manifest), annotations: { 'io.containerd.image.name': image.name } },
    ],
  });
  const blobs = [layer, config, manifest].map((content) => ({ path: `blobs/sha256/${digest(content).slice('sha256:'.length)}`, content }));
  return tar([{ path: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) }, { path: 'index.json', content: index }, ...blobs]);
}

const block = 512;

/** A tar archive in the ustar format, of regular files owned by root. */
export function tar(files: readonly ImageFile[]): Buffer {
  const parts = files.flatMap((file) => [header(file), file.content, Buffer.alloc(-file.content.length & (block - 1))]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header({ path, content, executable = false }: ImageFile): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is longer than the 100 bytes that a ustar header holds: choose a shorter path`);
  const head = Buffer.alloc(block);
  const octal = (value: number, offset: number, length: number): number => head.write(value.toString(8).padStart(length - 1, '0'), offset);
  head.write(path, 0);
  octal(executable ? 0o755 : 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  head.write('0', 156);
  head.write('ustar\u000000', 257);
  // The checksum is that of the header whose checksum field is blank.
  head.fill(' ', 148, 156);
  head.write(`${head.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0`, 148);
  return head;
}

function describe(mediaType: string, content: Buffer): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: digest(content), size: content.length };
}

function digest(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

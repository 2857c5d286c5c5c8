import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ociArchive, tar, type Image } from './image.ts';

const image: Image = {
  name: 'docker.io/local/hello:1',
  files: [
    { path: 'hello', content: Buffer.from('program'), executable: true },
    { path: 'etc/hello.conf', content: Buffer.alloc(512, 'x') },
  ],
  entrypoint: ['/hello'],
};

interface Entry {
  readonly mode: string;
  readonly content: Buffer;
}

/** Reads ustar as its specification has it, checksums included. */
function untar(archive: Buffer): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (let at = 0; archive[at] !== 0; ) {
    const head = archive.subarray(at, at + 512);
    const text = (from: number, length: number): string => head.toString('latin1', from, from + length).replace(/\0.*$/, '');
    const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
    expect(Number.parseInt(text(148, 8), 8)).toBe(sum);
    expect(head.toString('latin1', 257, 265)).toBe('ustar\u000000');
    const size = Number.parseInt(text(124, 12), 8);
    entries.set(text(0, 100), { mode: text(100, 8), content: archive.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

describe('an OCI archive', () => {
  const archive = untar(ociArchive(image));
  const json = (content: Buffer | undefined): unknown => JSON.parse(String(content));
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const content = archive.get(`blobs/sha256/${digest.replace('sha256:', '')}`)?.content ?? Buffer.alloc(0);
    expect(content).toHaveLength(size);
    expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest);
    return content;
  };
  const index = json(archive.get('index.json')?.content) as { manifests: [Descriptor & { annotations: Record<string, string> }] };
  const manifest = json(blob(index.manifests[0])) as { config: Descriptor; layers: [Descriptor] };

  test('says that it is one', () => {
    expect(json(archive.get('oci-layout')?.content)).toEqual({ imageLayoutVersion: '1.0.0' });
  });

  test('gives the image its name', () => {
    expect(index.manifests[0].annotations).toEqual({ 'io.containerd.image.name': 'docker.io/local/hello:1' });
  });

  test('leads from the index over the manifest to a configuration that names the entry point and the layer', () => {
    expect(json(blob(manifest.config))).toMatchObject({
      os: 'linux',
      config: { Entrypoint: ['/hello'] },
      rootfs: { type: 'layers', diff_ids: [manifest.layers[0].digest] },
    });
  });

  test('holds the files with their modes', () => {
    const files = untar(blob(manifest.layers[0]));
    expect([...files].map(([path, { mode, content }]) => [path, mode, content.length])).toEqual([
      ['hello', '0000755', 7],
      ['etc/hello.conf', '0000644', 512],
    ]);
  });

  test('is the same each time', () => {
    expect(ociArchive(image).equals(ociArchive(image))).toBe(true);
  });
});

test('a path that a ustar header cannot hold is refused by name', () => {
  const path = 'x'.repeat(101);
  expect(() => tar([{ path, content: Buffer.alloc(0) }])).toThrow(path);
});

import { createHash } from 'node:crypto';
import { z } from 'zod';

/** `sha256:` and 64 lower-case hexadecimal digits. */
export const digestPattern = /^sha256:[a-f0-9]{64}$/;

/**
 * What an artifact consists of. An artifact lies in its store as
 * `<namespace>/sha256/<hex of digest>/manifest.json` beside `files/<path>`; its digest is the sha256 of the
 * canonical manifest, so equal content has one address. A single file has kind File and the one path `data`.
 */
export const Manifest = z.strictObject({
  kind: z.enum(['Directory', 'File']),
  files: z.array(z.strictObject({
    path: z.string().min(1),
    bytes: z.int().min(0),
    sha256: z.string().regex(/^[a-f0-9]{64}$/),
  })),
});
export type Manifest = z.infer<typeof Manifest>;

/** The only byte sequence a manifest has: keys in a fixed order, files sorted by path (by UTF-16 code unit), no white space. */
export function canonicalManifest(manifest: Manifest): string {
  const files = [...manifest.files]
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }));
  return JSON.stringify({ kind: manifest.kind, files });
}

/** The artifact's digest: sha256 over the canonical manifest. */
export function manifestDigest(manifest: Manifest): string {
  return `sha256:${createHash('sha256').update(canonicalManifest(manifest)).digest('hex')}`;
}

/** The one path of an artifact of kind File. */
export const singlePath = 'data';

/** The digest that a file with this content has in the store. */
export function fileDigest(content: Uint8Array): string {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return manifestDigest({ kind: 'File', files: [{ path: singlePath, bytes: content.byteLength, sha256 }] });
}

/** Sum of the sizes of the artifact's files. */
export function manifestBytes(manifest: Manifest): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Where an artifact lies below the root of its store. */
export function artifactPath(namespace: string, digest: string): string {
  return `${namespace}/sha256/${digest.slice('sha256:'.length)}`;
}

/** Where the record of a step's attempt lies below the root of its store. */
export function recordPath(namespace: string, record: { runUid: string; step: string; attempt: number }): string {
  return `${namespace}/runs/${record.runUid}/${record.step}-${record.attempt}.json`;
}

import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalManifest, Manifest, manifestBytes, singlePath } from '../dataplane/manifest.ts';
import { about, AgentError, hasCode, quoted } from './failure.ts';
import { copyFile, hashFile, mapBounded, type FileContent } from './transfer.ts';
import { listFiles, type Leaf } from './tree.ts';

const notItsDigest = 'the artifact does not have its digest';

/** An artifact whose manifest has the digest that was asked for, and whose files have the manifest's names. */
interface Opened { readonly manifest: Manifest; readonly leaves: readonly Leaf[] }

/** Reads every byte of the artifact in a real folder and returns its size; DigestMismatch when anything differs. */
export async function verifyArtifact(folder: string, digest: string): Promise<number> {
  const artifact = await openArtifact(folder, digest);
  return readFiles(artifact, ({ source }) => hashFile(source));
}

/** Copies an artifact and verifies it on the way: a File to the path `target`, or to `target`/data when `asFolder`; a Directory to the folder `target`. */
export async function copyArtifact(folder: string, digest: string, target: { path: string; asFolder: boolean }): Promise<number> {
  const artifact = await openArtifact(folder, digest);
  if (artifact.manifest.kind === 'File' && !target.asFolder) {
    return readFiles(artifact, ({ source }) => copyFile(source, target.path, false));
  }
  await mkdir(target.path, { recursive: true });
  return readFiles(artifact, async ({ path, source }) => {
    const copy = join(target.path, path);
    await mkdir(dirname(copy), { recursive: true });
    return copyFile(source, copy, false);
  });
}

async function readFiles({ manifest, leaves }: Opened, read: (leaf: Leaf) => Promise<FileContent>): Promise<number> {
  const expected = new Map(manifest.files.map((file) => [file.path, file]));
  await mapBounded(leaves, async (leaf) => {
    const content = await read(leaf);
    const file = expected.get(leaf.path);
    if (file?.bytes !== content.bytes || file.sha256 !== content.sha256) throw mismatch(`the file ${quoted(leaf.path)} was altered`);
  });
  return manifestBytes(manifest);
}

async function openArtifact(folder: string, digest: string): Promise<Opened> {
  const manifest = await readManifest(folder, digest);
  const files = join(folder, 'files');
  if (!await isFolder(files)) throw mismatch('its files are gone');
  const leaves = await about(notItsDigest, listFiles(files, { refusal: 'DigestMismatch' }));
  const expected = new Set(manifest.files.map((file) => file.path));
  for (const { path } of leaves) if (!expected.delete(path)) throw mismatch(`the file ${quoted(path)} is not in its manifest`);
  for (const path of expected) throw mismatch(`the file ${quoted(path)} is missing`);
  return { manifest, leaves };
}

async function readManifest(folder: string, digest: string): Promise<Manifest> {
  if (!await isFolder(folder)) throw new AgentError('NotFound', `the store has no artifact ${digest}`);
  const bytes = await readFile(join(folder, 'manifest.json')).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw mismatch('its manifest is gone');
    throw error;
  });
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) throw mismatch('its manifest was altered');
  const manifest = parseManifest(bytes.toString());
  if (manifest.kind === 'File' && (manifest.files.length !== 1 || manifest.files[0]?.path !== singlePath)) throw mismatch('its manifest is not that of a file');
  return manifest;
}

/** The digest vouches for the bytes, not for their author: they may be no manifest, or hold a path that leads out of the folder. */
function parseManifest(text: string): Manifest {
  let manifest: Manifest;
  try {
    manifest = Manifest.parse(JSON.parse(text));
  } catch {
    throw mismatch('its manifest cannot be read');
  }
  if (canonicalManifest(manifest) !== text || !manifest.files.every(({ path }) => isPlain(path))) throw mismatch('its manifest is not canonical');
  return manifest;
}

function isPlain(path: string): boolean {
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function mismatch(what: string): AgentError {
  return new AgentError('DigestMismatch', `${notItsDigest}: ${what}`);
}

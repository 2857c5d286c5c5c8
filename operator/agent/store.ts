import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactPath, canonicalManifest, manifestBytes, manifestDigest, recordPath, singlePath, type Manifest } from '../dataplane/manifest.ts';
import { verifyArtifact } from './artifact.ts';
import { AgentError, hasCode } from './failure.ts';
import { entryOf } from './location.ts';
import { copyTree, syncPath } from './transfer.ts';
import type { Leaf } from './tree.ts';

export interface Store { readonly root: string; readonly namespace: string }
export interface Attempt { readonly runUid: string; readonly step: string; readonly attempt: number }

/** What a killed publisher left is removed after this time, far longer than any copy may take. */
const leftoverAgeMs = 24 * 3_600_000;

/** Puts files into the store under their digest. At every moment the digest's folder is absent or whole; a damaged one is replaced. */
export async function storeArtifact(store: Store, kind: Manifest['kind'], leaves: readonly Leaf[]): Promise<{ digest: string; bytes: number }> {
  const staging = await newStaging(store);
  try {
    await mkdir(staging);
    const files = kind === 'File' ? leaves.map(({ source }) => ({ path: singlePath, source })) : leaves;
    const manifest: Manifest = { kind, files: await copyTree(files, join(staging, 'files'), true) };
    await writeFile(join(staging, 'manifest.json'), canonicalManifest(manifest), { flush: true });
    await syncPath(staging);
    const digest = manifestDigest(manifest);
    await place(store, staging, digest);
    return { digest, bytes: manifestBytes(manifest) };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Leaves the message of a step's attempt in the store, for the case that its pod is lost. */
export async function storeRecord(store: Store, attempt: Attempt, message: string): Promise<void> {
  const target = pathOfRecord(store, attempt);
  const staging = await newStaging(store);
  try {
    await writeFile(staging, message, { flush: true, flag: 'wx' });
    const folder = await makeFolders(store, ['runs', attempt.runUid]);
    await rename(staging, target);
    await syncPath(folder);
  } finally {
    await rm(staging, { force: true });
  }
}

export async function readRecord(store: Store, attempt: Attempt): Promise<string> {
  return readFile(pathOfRecord(store, attempt), 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) throw new AgentError('NotFound', `the store has no record of attempt ${attempt.attempt} of step ${attempt.step}`);
    throw error;
  });
}

/** Removes what publishers that were killed left behind. */
export async function removeLeftovers(store: Store, nowMs: number): Promise<void> {
  const folder = await makeFolders(store, ['tmp']);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && nowMs - changed.mtimeMs > leftoverAgeMs) await rm(path, { recursive: true, force: true });
  }
}

/** Renames a whole artifact to its digest. Publishers of the same content may race: the first one wins and the others find it intact. */
async function place(store: Store, staging: string, digest: string): Promise<void> {
  const target = join(store.root, artifactPath(store.namespace, digest));
  const folder = await makeFolders(store, ['sha256']);
  for (let round = 0; round < 3; round += 1) {
    if (await renamed(staging, target, ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])) return syncPath(folder);
    if (await isIntact(target, digest)) return;
    const removed = await newStaging(store);
    if (await renamed(target, removed, ['ENOENT'])) await rm(removed, { recursive: true, force: true });
  }
  throw new AgentError('StoreUnavailable', `the damaged artifact ${digest} could not be replaced`);
}

/** False when the rename was refused for one of these reasons. */
async function renamed(from: string, to: string, refusals: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, ...refusals)) return false;
    throw error;
  }
}

async function isIntact(folder: string, digest: string): Promise<boolean> {
  try {
    await verifyArtifact(folder, digest);
    return true;
  } catch (error) {
    if (error instanceof AgentError) return false;
    throw error;
  }
}

async function newStaging(store: Store): Promise<string> {
  return join(await makeFolders(store, ['tmp']), randomUUID());
}

async function makeFolders(store: Store, names: readonly string[]): Promise<string> {
  let folder = store.root;
  for (const name of [store.namespace, ...names]) {
    const parent = folder;
    folder = entryOf(parent, name);
    await mkdir(folder, { recursive: true });
    await syncPath(parent);
  }
  return folder;
}

function pathOfRecord(store: Store, attempt: Attempt): string {
  for (const name of [store.namespace, attempt.runUid, attempt.step]) entryOf(store.root, name);
  return join(store.root, recordPath(store.namespace, attempt));
}

import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { artifactPath, canonicalManifest, manifestBytes, manifestDigest, recordPath, type Manifest } from './manifest.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const files = [{ path: 'b/model', bytes: 3, sha256: sha('abc') }, { path: 'a', bytes: 0, sha256: sha('') }];

test('a manifest has one byte sequence, whatever the order of its files and keys', () => {
  const one: Manifest = { kind: 'Directory', files };
  const other: Manifest = { files: files.toReversed().map(({ path, bytes, sha256 }) => ({ sha256, path, bytes })), kind: 'Directory' };
  expect(canonicalManifest(one)).toBe(`{"kind":"Directory","files":[{"path":"a","bytes":0,"sha256":"${sha('')}"},{"path":"b/model","bytes":3,"sha256":"${sha('abc')}"}]}`);
  expect(canonicalManifest(other)).toBe(canonicalManifest(one));
  expect(manifestDigest(one)).toBe(`sha256:${sha(canonicalManifest(one))}`);
  expect(manifestBytes(one)).toBe(3);
});

test.each<[string, Manifest]>([
  ['a file instead of a folder', { kind: 'File', files }],
  ['another name', { kind: 'Directory', files: files.map((file) => ({ ...file, path: `${file.path}x` })) }],
  ['another size', { kind: 'Directory', files: files.map((file) => ({ ...file, bytes: file.bytes + 1 })) }],
  ['a file less', { kind: 'Directory', files: files.slice(1) }],
])('%s is another artifact', (_name, manifest) => {
  expect(manifestDigest(manifest)).not.toBe(manifestDigest({ kind: 'Directory', files }));
});

test('artifacts and records of a namespace lie below its folder', () => {
  expect(artifactPath('team', `sha256:${'0'.repeat(64)}`)).toBe(`team/sha256/${'0'.repeat(64)}`);
  expect(recordPath('team', { runUid: 'u', step: 'train', attempt: 2 })).toBe('team/runs/u/train-2.json');
});

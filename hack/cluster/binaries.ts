import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheDir } from './paths.ts';
import { OUT, sources, type BinaryName, type Source } from './sources.ts';

export type Progress = (line: string) => void;

const binDir = join(cacheDir, 'bin');
const everySoOften = 30_000;

/**
 * Paths of the binaries: from $KUBEBUILDER_ASSETS, else from the cache, else built with Go into the cache. PATH is not
 * searched, because what lies there has any version.
 */
export async function ensureBinaries<Name extends BinaryName>(names: readonly Name[], progress: Progress): Promise<Record<Name, string>> {
  const paths: Partial<Record<Name, string>> = {};
  for (const name of names) paths[name] = warm(name, progress) ?? (await build(name, progress));
  return paths as Record<Name, string>;
}

/** Where `ensureBinaries` puts what it builds. */
export function cachedPath(name: BinaryName): string {
  return join(binDir, sources[name].folder, name);
}

function warm(name: BinaryName, progress: Progress): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const places = [...(assets === undefined ? [] : [join(assets, name)]), cachedPath(name)];
  const found = places.find((path) => existsSync(path));
  if (found !== undefined) progress(`${name}: found in ${found}`);
  return found;
}

async function build(name: BinaryName, progress: Progress): Promise<string> {
  mkdirSync(binDir, { recursive: true });
  const waiting = (owner: string): void => progress(`${name}: waiting for process ${owner.split(':')[0] ?? ''}, which is building`);
  return withLock(join(binDir, 'build.lock'), waiting, async () => warm(name, progress) ?? (await buildNow(name, progress)));
}

async function buildNow(name: BinaryName, progress: Progress): Promise<string> {
  const source: Source = sources[name];
  const started = performance.now();
  const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  progress(`${name}: building from Go modules`);
  const timer = setInterval(() => progress(`${name}: still building, ${elapsed()}`), everySoOften);
  const scratch = mkdtempSync(join(binDir, 'tmp-'));
  try {
    await go(name, source, scratch);
    mkdirSync(join(binDir, source.folder), { recursive: true });
    renameSync(join(scratch, name), cachedPath(name));
  } finally {
    clearInterval(timer);
    rmSync(scratch, { recursive: true, force: true });
  }
  progress(`${name}: built in ${elapsed()}`);
  return cachedPath(name);
}

async function go(name: string, source: Source, out: string): Promise<void> {
  const fill = (text: string): string => text.replace(OUT, out);
  const env = Object.fromEntries(Object.entries(source.env).map(([key, value]) => [key, fill(value)]));
  const child = spawn('go', source.go.map(fill), {
    cwd: source.cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: [process.env.PATH, '/usr/local/go/bin'].join(delimiter), ...env },
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', () => reject(new Error(`${name} has to be built and Go cannot be started: install Go 1.26 or newer and put it in PATH`)));
  });
  if (code !== 0) throw new Error(`building ${name} failed:\n${said.join('').trimEnd().split('\n').slice(-15).join('\n')}`);
}

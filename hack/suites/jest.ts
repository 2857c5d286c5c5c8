import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../images/paths.ts';
import type { Suite, SuiteCount } from './report.ts';

/** The part of Jest's --json report that is counted. */
interface JestReport {
  readonly numTotalTestSuites: number;
  readonly numPendingTestSuites: number;
  readonly success: boolean;
}

export interface JestResult extends SuiteCount {
  readonly passed: boolean;
}

const jestScript = join(repository, 'node_modules/jest/bin/jest.js');
const nodeOptions = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];

/** Runs one of Jest's projects; what Jest prints goes where ours goes. */
export async function jest(suite: Suite, options: { readonly extra?: readonly string[]; readonly signal?: AbortSignal | undefined } = {}): Promise<JestResult> {
  const { extra = [], signal } = options;
  const folder = await mkdtemp(join(tmpdir(), 'modelkeeper-jest-'));
  const file = join(folder, 'report.json');
  try {
    const code = await run([jestScript, '--selectProjects', suite, '--errorOnDeprecated', '--json', '--outputFile', file, ...extra], signal);
    return code === undefined ? { run: 0, skipped: 0, passed: false } : counted(await readFile(file, 'utf8').catch(() => undefined), code === 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without a report Jest has not come to any test, as when the setup failed. */
export function counted(report: string | undefined, passed: boolean): JestResult {
  if (report === undefined) return { run: 0, skipped: 0, passed: false };
  const { numTotalTestSuites, numPendingTestSuites, success } = JSON.parse(report) as JestReport;
  return { run: numTotalTestSuites - numPendingTestSuites, skipped: numPendingTestSuites, passed: passed && success };
}

/** Test files of a project, for one that cannot be run. */
export async function testFiles(suite: Suite): Promise<number> {
  const { default: config } = (await import(join(repository, 'jest.config.mjs'))) as { default: { projects: { displayName: string; testMatch: string[] }[] } };
  const patterns = config.projects.find(({ displayName }) => displayName === suite)?.testMatch ?? [];
  return globSync(patterns.map((pattern) => pattern.replace('<rootDir>/', '')), { cwd: repository }).length;
}

/** The exit code; undefined when it was ended by a signal. */
function run(args: readonly string[], signal: AbortSignal | undefined): Promise<number | undefined> {
  // Standard output carries the report in JSON, which goes to the file.
  const child = spawn(process.execPath, [...nodeOptions, ...args], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = (): boolean => child.kill();
  signal?.addEventListener('abort', stop);
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? undefined)));
}

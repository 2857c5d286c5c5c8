import { join } from 'node:path';
import { execute } from '../demo/cluster/execute.ts';
import { outdatedFiles } from '../generate.ts';
import { repository } from '../images/paths.ts';
import { jest, type JestResult } from './jest.ts';
import { summary, timed, type Outcome } from './report.ts';

const longest = 300_000;

/** Everything that needs no cluster. Prints a summary, and returns what the unit tests counted. */
export async function checks(signal?: AbortSignal): Promise<JestResult> {
  let unit: JestResult = { run: 0, skipped: 0, passed: false };
  const types = timed('types', () => tool('typescript/bin/tsc', '--noEmit'));
  // Two at a time, for two cores: with one worker fewer than cores, Jest keeps to one of them.
  const [tests, ...others] = await Promise.all([
    timed('unit tests', async () => {
      unit = await jest('unit', { signal });
      if (!unit.passed) throw new Error('see what Jest says above');
      return '';
    }),
    timed('generated files', upToDate),
    types,
    types.then(() => timed('lint', () => tool('eslint/bin/eslint.js', '.', '--max-warnings', '0'))),
  ]);
  const outcomes: Outcome[] = [...others, tests];
  console.log(`\n${summary(outcomes)}`);
  return { ...unit, passed: outcomes.every(({ passed }) => passed) };
}

function upToDate(): Promise<string> {
  const outdated = outdatedFiles();
  return outdated.length === 0 ? Promise.resolve('') : Promise.reject(new Error(`run \`npm run generate\`; not up to date: ${outdated.join(', ')}`));
}

function tool(script: string, ...args: string[]): Promise<string> {
  return execute(process.execPath, [join(repository, 'node_modules', script), ...args], { timeoutMs: longest });
}

/** What became of one part of the checks. */
export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What to read when it failed. */
  readonly output: string;
}

/** Does a part and measures it; an error is its failure. */
export async function timed(name: string, work: () => Promise<string>): Promise<Outcome> {
  const start = performance.now();
  const end = (passed: boolean, output: string): Outcome => ({ name, passed, output, seconds: (performance.now() - start) / 1_000 });
  try {
    return end(true, await work());
  } catch (error) {
    return end(false, error instanceof Error ? error.message : String(error));
  }
}

/** One line each, after the output of those that failed. */
export function summary(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  const failures = outcomes.filter(({ passed, output }) => !passed && output !== '').map(({ name, output }) => `\n${name}:\n${output.trimEnd()}\n`);
  const lines = outcomes.map(({ name, passed, seconds }) => `${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(width)}  ${seconds.toFixed(0).padStart(4)} s`);
  return [...failures, ...lines].join('\n');
}

/** Numbers of test files. */
export interface SuiteCount {
  readonly run: number;
  readonly skipped: number;
}

const kinds = ['unit', 'statistics', 'integration', 'faults', 'corpus', 'e2e'] as const;
export type Suite = (typeof kinds)[number];

/** The last line of a test run. */
export function countLine(counts: Readonly<Record<Suite, SuiteCount>>): string {
  const skipped = kinds.reduce((sum, kind) => sum + counts[kind].skipped, 0);
  return `suites: ${kinds.map((kind) => `${kind} ${counts[kind].run}`).join(', ')}; skipped ${skipped}`;
}

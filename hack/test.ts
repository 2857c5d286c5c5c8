import { ensureBinaries } from './cluster/binaries.ts';
import { down } from './cluster/node.ts';
import { cacheStates } from './demo/cluster/caches.ts';
import { nodeIsUp, whyNoNode } from './demo/cluster/places.ts';
import { ensureImage } from './images/build.ts';
import { whyNoContainer } from './images/container.ts';
import { checks } from './suites/checks.ts';
import { jest, testFiles, type JestResult } from './suites/jest.ts';
import { countLine, type Suite } from './suites/report.ts';

/** Everything that is checked of this repository. With CI=true nothing may be left out. */
const ci = process.env.CI === 'true';
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
const { signal } = interruption;

async function statistics(): Promise<JestResult> {
  const lacking = whyNoContainer() ?? await why(() => ensureImage('statistics', { install: ci, progress }));
  return lacking === undefined ? jest('statistics', { signal, extra: ['--runInBand'] }) : leftOut('statistics', lacking);
}

/** What needs a control plane, but no node. */
async function onControlPlane(suite: Suite): Promise<JestResult> {
  const lacking = await why(() => ensureBinaries(['etcd', 'kube-apiserver', 'kube-controller-manager', 'pki', 'tether', 'helm'], progress));
  return lacking === undefined ? jest(suite, { signal }) : leftOut(suite, lacking);
}

async function e2e(): Promise<JestResult> {
  const lacking = whyNoNode(ci);
  if (lacking !== undefined) return leftOut('e2e', lacking);
  const wasUp = await nodeIsUp();
  try {
    return await jest('e2e', { signal, extra: ['--runInBand'] });
  } finally {
    // The tests take down what they started, unless they were stopped themselves.
    if (!wasUp && process.getuid?.() === 0) await down(progress);
  }
}

async function leftOut(suite: Suite, reason: string): Promise<JestResult> {
  const skipped = await testFiles(suite);
  console.log(`${suite}: ${skipped} test files ${ci ? 'cannot run' : 'are skipped'}: ${reason}`);
  return { run: 0, skipped, passed: !ci };
}

async function why(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function progress(line: string): void {
  if (!line.includes(': found in ')) console.log(line);
}

async function part(suite: Suite, work: () => Promise<JestResult>): Promise<JestResult> {
  if (signal.aborted) return { run: 0, skipped: 0, passed: false };
  console.log(`\n${suite}`);
  const start = performance.now();
  const result = await work();
  console.log(`${suite}: ${result.passed ? 'passed' : 'FAILED'}, ${((performance.now() - start) / 1_000).toFixed(0)} s`);
  return result;
}

for (const state of await cacheStates()) console.log(state);
const counts = {
  unit: await part('unit', () => checks(signal)),
  statistics: await part('statistics', statistics),
  integration: await part('integration', () => onControlPlane('integration')),
  faults: await part('faults', () => onControlPlane('faults')),
  corpus: await part('corpus', () => onControlPlane('corpus')),
  e2e: await part('e2e', e2e),
};
const passed = Object.values(counts).every((result) => result.passed);
console.log(`\n${countLine(counts)}`);
process.exit(passed && !signal.aborted ? 0 : 1);

import { readFile } from 'node:fs/promises';
import { Kubectl } from './cluster/kubectl.ts';
import { conditionChecks } from './confirm/conditions.ts';
import { digestChecks } from './confirm/digests.ts';
import { expositionChecks } from './confirm/exposition.ts';
import { loopChecks } from './confirm/loop.ts';
import { columnChecks, deploymentChecks, jobChecks } from './confirm/objects.ts';
import { trafficChecks } from './confirm/traffic.ts';
import type { Check } from './promise.ts';
import type { DemoRecord } from './record.ts';

/** Confirms what a demo has written down from the cluster as it is now, with kubectl and nothing else. */
const suites: Readonly<Record<string, (kubectl: Kubectl, record: DemoRecord) => Promise<Check[]>>> = {
  deployment: deploymentChecks,
  jobs: jobChecks,
  digests: digestChecks,
  traffic: trafficChecks,
  loop: loopChecks,
  conditions: conditionChecks,
  columns: columnChecks,
  metrics: expositionChecks,
};

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run demo:confirm -- FILE, a file that npm run demo -- --keep --json FILE has written');
  process.exit(2);
}

const text = await readFile(file, 'utf8').catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(2);
});
const record = JSON.parse(text) as DemoRecord;
const { kubectl: binary, ...where } = record.access;
const kubectl = new Kubectl({ binary, ...where, env: process.env }, record.namespace);
let failures = 0;
for (const [suite, check] of Object.entries(suites)) {
  const checks = await check(kubectl, record).catch((error: unknown): Check[] => [{ kept: false, text: error instanceof Error ? error.message : String(error) }]);
  for (const { kept, text } of checks) {
    console.log(`${kept ? 'ok ' : 'NO '}  ${suite.padEnd(10)}  ${text}`);
    if (!kept) failures += 1;
  }
}
console.log(failures === 0 ? 'Everything is confirmed.' : `${failures} of the checks failed.`);
process.exitCode = failures === 0 ? 0 : 1;

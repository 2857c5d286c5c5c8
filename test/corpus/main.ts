import { parseArgs } from 'node:util';
import { startControlPlane } from '../../hack/cluster/controlplane.ts';
import { openTransport } from '../../operator/kube/transport.ts';
import { ForeignClient, silent } from '../integration/apiserver.ts';
import { installDefinitions } from '../integration/definitions.ts';
import { answerOf, asker, described, same } from './answers.ts';
import { items, type Expectation, type Item } from './items.ts';

/** Prints what every item of the corpus must get from a real API server, and what it gets. */
const { values: { item: only } } = parseArgs({ options: { item: { type: 'string' } } });

function words(expectation: Expectation): string {
  if ('stored' in expectation) return `stored ${JSON.stringify(expectation.stored)}`;
  const { code, reason, message } = expectation.refused;
  return `${code} ${reason}: ${message}`;
}

function printed(item: Item, actual: Expectation): boolean {
  const passed = same(actual, item.expect);
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${item.item === undefined ? '   ' : String(item.item).padStart(3)}  ${item.name}${item.waitsFor === undefined ? '' : ` (waits for ${item.waitsFor})`}`);
  console.log(`           expected  ${words(item.expect)}\n           actual    ${words(actual)}`);
  return passed;
}

const plane = await startControlPlane({ controllerManager: false, log: console.log });
const transport = openTransport({ source: { file: plane.kubeconfig }, recorder: silent });
const client = new ForeignClient(plane.kubeconfig);
const asking = asker(plane.kubeconfig);
try {
  await installDefinitions(transport);
  const chosen = items().filter(({ name, item }) => only === undefined || name === only || String(item) === only);
  const results: boolean[] = [];
  for (const item of chosen) results.push(printed(item, described(await answerOf(item, await client.freshNamespace(), asking.ask), item.expect)));
  const failed = results.filter((passed) => !passed).length;
  const waiting = chosen.filter(({ waitsFor }) => waitsFor !== undefined).length;
  console.log(`\n${chosen.length} items, ${failed} answered otherwise than expected; ${waiting} of them wait for a feature`);
  process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;
} finally {
  await Promise.all([asking.close(), client.close(), transport.close()]);
  await plane.stop();
}

import { parseArgs } from 'node:util';
import { startControlPlane } from '../../hack/cluster/controlplane.ts';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { openTransport } from '../../operator/kube/transport.ts';
import { ForeignClient, silent } from '../integration/apiserver.ts';
import { installDefinitions } from '../integration/definitions.ts';
import { agreement } from './agreement.ts';
import { answerOf, asker, described, same, type Ask } from './answers.ts';
import { items, type Expectation, type Item } from './items.ts';

const usage = `usage: npm run test:corpus -- [--item NUMBER|NAME] [--kind KIND] [--seed N] [--objects N]
  --item     this item alone, and no generated objects
  --kind     generated objects of this kind alone, and no items
  --seed     what the generated objects are made from; printed, so that a run can be repeated
  --objects  how many of each kind (20000)`;
const { values: flags } = parseArgs({ options: { item: { type: 'string' }, kind: { type: 'string' }, seed: { type: 'string' }, objects: { type: 'string' }, help: { type: 'boolean' } } });
if (flags.help === true) {
  console.log(usage);
  process.exit(0);
}

const seed = Number(flags.seed ?? Date.now() % 1_000_000_000);
const count = Number(flags.objects ?? 20_000);
const chosenKinds = kinds.filter(({ kind }) => flags.kind === undefined || flags.kind === kind);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1 || chosenKinds.length === 0) throw new Error(usage);

function words(expectation: Expectation): string {
  if ('stored' in expectation) return `stored ${JSON.stringify(expectation.stored)}`;
  const { code, reason, message } = expectation.refused;
  return `${code} ${reason}: ${message}`;
}

/** What the item must get, what it gets, and whether they are the same. */
function printed(item: Item, actual: Expectation): boolean {
  const passed = same(actual, item.expect);
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${item.item === undefined ? '   ' : String(item.item).padStart(3)}  ${item.name}${item.waitsFor === undefined ? '' : ` (waits for ${item.waitsFor})`}`);
  console.log(`           expected  ${words(item.expect)}\n           actual    ${words(actual)}`);
  return passed;
}

async function allItems(client: ForeignClient, ask: Ask): Promise<boolean> {
  const chosen = items().filter(({ name, item }) => flags.item === undefined || name === flags.item || String(item) === flags.item);
  let failed = 0;
  for (const item of chosen) if (!printed(item, described(await answerOf(item, await client.freshNamespace(), ask), item.expect))) failed += 1;
  const waiting = chosen.filter(({ waitsFor }) => waitsFor !== undefined).length;
  console.log(`\n${chosen.length} items, ${failed} answered otherwise than expected; ${waiting} of them wait for a feature\n`);
  return failed === 0 && chosen.length > 0;
}

async function allKinds(ask: Ask): Promise<boolean> {
  console.log(`generated objects, seed ${seed}`);
  let sound = true;
  for (const kind of chosenKinds) {
    const startedAt = performance.now();
    const { objects, accepted, leaves, missed, disagreements } = await agreement(kind, { count, seed, ask });
    const seconds = (performance.now() - startedAt) / 1_000;
    console.log(`${kind.kind.padEnd(16)} ${objects} objects, ${accepted} accepted, ${objects - accepted} refused, ${leaves - missed.length} of ${leaves} places of the schema changed, ${disagreements.length} disagreements (${seconds.toFixed(0)} s)`);
    for (const leaf of missed) console.log(`  never changed: ${leaf}`);
    for (const { leaf, why, spec } of disagreements.slice(0, 20)) console.log(`  ${leaf ?? 'nothing changed'}: ${why}\n    ${JSON.stringify(spec).slice(0, 2_000)}`);
    sound &&= disagreements.length === 0 && missed.length === 0;
  }
  return sound;
}

const plane = await startControlPlane({ controllerManager: false, log: () => undefined });
const transport = openTransport({ source: { file: plane.kubeconfig }, recorder: silent });
const client = new ForeignClient(plane.kubeconfig);
const asking = asker(plane.kubeconfig);
try {
  await installDefinitions(transport);
  const answered = flags.kind !== undefined || await allItems(client, asking.ask);
  const agreed = flags.item !== undefined || await allKinds(asking.ask);
  process.exitCode = answered && agreed ? 0 : 1;
} finally {
  await Promise.all([asking.close(), client.close(), transport.close()]);
  await plane.stop();
}

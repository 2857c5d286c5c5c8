import { parseArgs } from 'node:util';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { Stage } from '../integration/operator/stage.ts';
import { agreement } from './agreement.ts';
import { asker, same, type Ask } from './answers.ts';
import { items, type Expectation, type Item } from './items.ts';
import { outcomeOf } from './outcome.ts';
import { fuzzReconcilers } from './reconcilers/fuzz.ts';
import { situations, type FuzzedKind } from './reconcilers/samples.ts';
import { keptBugs, oraclesThatFind } from './sequences/bugs.ts';
import { campaign, lines, violationsIn } from './sequences/campaign.ts';

const usage = `usage: npm run test:corpus -- [--item NUMBER|NAME] [--kind KIND] [--seed N] [--objects N] [--stored N] [--changes N] [--walks N]
  --item     this item alone, and no generated objects
  --kind     generated objects and sequences of this kind alone, and no items
  --seed     what the generated objects and sequences are made from; printed, so that a run can be repeated
  --objects  how many of each kind the API server and zod are asked about (20000)
  --stored   how many of each kind are put before the reconcilers (10000)
  --changes  how often each place of a spec is changed there and back in a simulated cluster (3)
  --walks    how many sequences of any changes are taken with each kind (200)`;
const { values: flags } = parseArgs({ options: { item: { type: 'string' }, kind: { type: 'string' }, seed: { type: 'string' }, objects: { type: 'string' }, stored: { type: 'string' }, changes: { type: 'string' }, walks: { type: 'string' }, help: { type: 'boolean' } } });
if (flags.help === true) {
  console.log(usage);
  process.exit(0);
}

const seed = Number(flags.seed ?? Date.now() % 1_000_000_000);
const count = Number(flags.objects ?? 20_000);
const stored = Number(flags.stored ?? 10_000);
const each = Number(flags.changes ?? 3);
const walks = Number(flags.walks ?? 200);
const chosenKinds = kinds.filter(({ kind }) => flags.kind === undefined || flags.kind === kind);
if (![seed, count, stored, each, walks].every((number) => Number.isSafeInteger(number) && number >= 0) || chosenKinds.length === 0) throw new Error(usage);

/** Messages are compared whole, and shown up to here. */
const shown = 400;

function words(expectation: Expectation): string {
  if ('stored' in expectation) return `stored${Object.keys(expectation.stored).length === 0 ? '' : ` with ${JSON.stringify(expectation.stored).slice(0, shown)}`}`;
  if ('shownBy' in expectation) return `shown by "${expectation.shownBy.row}" in ${expectation.shownBy.file}`;
  if ('condition' in expectation) return `condition ${expectation.condition.type}=${expectation.condition.status} ${expectation.condition.reason}: ${expectation.condition.message}`;
  const { code, reason, message } = expectation.refused;
  return `${code} ${reason}: ${message.length > shown ? `${message.slice(0, shown)} ... (${message.length} characters)` : message}`;
}

/** What the item must get, what it gets, and whether they are the same. */
function printed(item: Item, actual: Expectation): boolean {
  const passed = same(actual, item.expect);
  console.log(`${passed ? 'ok  ' : 'FAIL'}  ${item.item === undefined ? '   ' : String(item.item).padStart(3)}  ${item.name}${item.waitsFor === undefined ? '' : ` (waits for ${item.waitsFor})`}`);
  console.log(`           expected  ${words(item.expect)}\n           actual    ${words(actual)}`);
  return passed;
}

async function allItems(stage: Stage, ask: Ask): Promise<boolean> {
  const chosen = items().filter(({ name, item }) => flags.item === undefined || name === flags.item || String(item) === flags.item);
  let failed = 0;
  for (const item of chosen) if (!printed(item, await outcomeOf(item, stage, ask))) failed += 1;
  const waiting = chosen.filter(({ waitsFor }) => waitsFor !== undefined).length;
  const elsewhere = chosen.filter(({ expect }) => 'shownBy' in expect).length;
  console.log(`\n${chosen.length} items, ${failed} answered otherwise than expected; ${waiting} of them wait for a feature, ${elsewhere} are shown by other tests\n`);
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

async function allReconcilers(): Promise<boolean> {
  console.log(`\nhostile objects before the reconcilers, past admission, seed ${seed}`);
  let sound = true;
  for (const kind of (Object.keys(situations) as FuzzedKind[]).filter((one) => flags.kind === undefined || one === flags.kind)) {
    const { objects, passes, violations } = await fuzzReconcilers({ kind, runs: stored, seed });
    console.log(`${kind.padEnd(16)} ${objects} objects, ${passes} passes, ${violations.length} violations`);
    for (const violation of violations.slice(0, 20)) console.log(`  ${violation}`);
    sound &&= violations.length === 0;
  }
  return sound;
}

async function allSequences(): Promise<boolean> {
  console.log(`\nsequences of specs, in a simulated cluster, seed ${seed}`);
  let [sequences, violations] = [0, 0];
  await campaign({ kinds: chosenKinds.map(({ kind }) => kind), seed, each, walks }, (report) => {
    for (const line of lines(report)) console.log(line);
    sequences += report.walks + report.leaves.reduce((sum, { changes }) => sum + changes, 0);
    violations += violationsIn(report);
  });
  console.log(`${sequences} sequences, ${violations} violations`);
  return violations === 0;
}

/** That the oracles find anything: each bug that is kept as a patch, made in a copy of the source. */
async function allBugs(): Promise<boolean> {
  let missed = 0;
  for (const bug of keptBugs().filter(({ kind }) => flags.kind === undefined || flags.kind === kind)) {
    const oracles = await oraclesThatFind(bug, seed);
    if (oracles.length === 0) missed += 1;
    console.log(`bug ${bug.name}: ${oracles.length === 0 ? 'NOT found' : `found by ${oracles.join(', ')}`}`);
  }
  return missed === 0;
}

const stage = await Stage.open();
const asking = asker(stage.server.kubeconfig);
try {
  const answered = flags.kind !== undefined || await allItems(stage, asking.ask);
  const agreed = flags.item !== undefined || await allKinds(asking.ask);
  const survived = flags.item !== undefined || await allReconcilers();
  const followed = flags.item !== undefined || (await allSequences() && await allBugs());
  const passed = answered && agreed && survived && followed;
  console.log(passed ? `\n0 crashes, 0 disagreements${flags.item === undefined ? ', every schema leaf mutated at least once' : ''}` : '\nFAILED');
  process.exitCode = passed ? 0 : 1;
} finally {
  await asking.close();
  await stage.close();
}

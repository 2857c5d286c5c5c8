import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whyNoContainer } from '../images/container.ts';
import { repository } from '../images/paths.ts';
import { simulateApart } from './drift/apart.ts';
import { recorder, type EvidentlyFound } from './drift/evidently.ts';
import { percent, share, upperBound } from './drift/rate.ts';
import { simulate, type Found, type Kind, type Scenario } from './drift/scenarios.ts';
import { features, referenceRows } from './drift/world.ts';

const sizes = [200, 500, 1_000, 5_000] as const;
const page = join(repository, 'docs/drift-statistics.md');
const [begin, end] = ['<!-- written by `npm run bench -- drift` -->', '<!-- end -->'];

const quiet = (kind: Kind, rows: number): Scenario => ({ kind, rows, shift: 0, shifted: 0 });
const shifted = (kind: Kind, rows: number, shift: number, count: number): Scenario => ({ kind, rows, shift, shifted: count });

const independent = [...sizes.map((rows) => quiet('Independent', rows)), shifted('Independent', 1_000, 0.25, 3), shifted('Independent', 1_000, 0.25, 1)];
const categorical = sizes.map((rows) => quiet('Categorical', rows));
const autoregressive = [quiet('Autoregressive', 1_000), quiet('Autoregressive', 5_000), shifted('Autoregressive', 1_000, 0.5, 1), shifted('Autoregressive', 1_000, 1, 1)];
const [worlds, windows, fewer] = [200, 20, 5];
/** Evidently takes a tenth of a second for a window. */
const subset = { worlds: 50, windows: 2 };

/** How often drift is found where there is none, and where there is; the tables go to the page about it. */
export async function bench(): Promise<void> {
  const record = recorder(independent, subset);
  const plan = { seed: 1, worlds, windows };
  const others = Promise.all([simulateApart('Categorical', categorical, plan), simulateApart('Autoregressive', autoregressive, { ...plan, windows: fewer })]);
  const ours = simulate('Independent', independent, { ...plan, look: record.look });
  const [categories, series] = await others;
  const lacking = whyNoContainer();
  if (lacking === undefined) console.error('asking Evidently');
  const theirs = lacking === undefined ? await record.judge() : undefined;
  const text = tables({ ours, categories, series, theirs });
  console.log(text);
  if (lacking === undefined) await writeInto(page, text);
  else console.log(`Evidently was left out, and the page stays as it is: ${lacking}`);
}

interface Results {
  readonly ours: readonly Found[];
  readonly categories: readonly Found[];
  readonly series: readonly Found[];
  readonly theirs: readonly EvidentlyFound[] | undefined;
}

function tables({ ours, categories, series, theirs }: Results): string {
  const evidently = (at: number): string[] => {
    const found = theirs?.[at];
    return found === undefined ? ['-', '-'] : [percent(found.any / found.windows), percent(found.dataset / found.windows)];
  };
  const row = (scenario: Scenario, found: Found | undefined): string[] =>
    [name(scenario), ...(found === undefined ? [] : [`**${percent(share(found.rule))}**`, percent(upperBound(found.rule)), percent(share(found.testsAlone))])];
  const all = worlds * windows;
  const some = subset.worlds * subset.windows;
  return [
    `Share of windows in which at least one of ${features} features is called drifted. ${worlds} baselines of ${grouped(referenceRows)} rows, ${windows} windows each, ${grouped(all)} in all; Evidently saw ${some} of the same windows.`,
    '',
    table(['independent numeric features', 'Modelkeeper', 'upper 95 %', 'KS, p <= 0.05', 'Evidently, any column', 'Evidently, half of them'],
      independent.map((scenario, at) => [...row(scenario, ours[at]), ...evidently(at)])),
    '',
    table(['independent categorical features, 3 to 20 categories', 'Modelkeeper', 'upper 95 %', 'chi-square, p <= 0.05'],
      categorical.map((scenario, at) => row(scenario, categories[at]))),
    '',
    table([`series, AR(1) with rho = 0.9, ${grouped(worlds * fewer)} windows`, 'Modelkeeper', 'upper 95 %', 'KS, p <= 0.05', 'Modelkeeper without null laws'],
      autoregressive.map((scenario, at) => [...row(scenario, series[at]), percent(share(series[at]?.withoutLaws ?? { hits: 0, trials: 1 }))])),
  ].join('\n');
}

function name({ rows, shift, shifted: count }: Scenario): string {
  return shift === 0 ? `no drift, ${grouped(rows)} rows` : `${shift} sd in ${count} of ${features}, ${grouped(rows)} rows`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map((_, at) => (at === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

async function writeInto(path: string, text: string): Promise<void> {
  const old = await readFile(path, 'utf8');
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`${path} has no place for the tables`);
  await writeFile(path, `${old.slice(0, from)}${begin}\n${text}\n${old.slice(to)}`);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

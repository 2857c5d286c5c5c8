import { styles } from '../../../demo/report/styles.ts';
import { escapeText, tag } from '../../../demo/report/svg.ts';
import { total } from '../audit.ts';
import type { Group, Results } from '../results.ts';
import { barPlot, curvePlot, plotStyles } from './plots.ts';
import { tables, type Table } from './tables.ts';
import { describeMachine, sections } from './text.ts';
import { targetClaims } from './targets.ts';
import { ranked, spell, verdict, type Claim } from './verdict.ts';

/** What was measured, as one page that needs nothing else. */
export function benchPage(all: readonly Group[], { at, machine }: Pick<Results, 'at' | 'machine'>): string {
  const body = [
    tag('header', {}, tag('h1', {}, 'Modelkeeper: ', tag('em', {}, 'the engine beside others')), tag('p', {}, escapeText(`${at}, ${describeMachine(machine)}`))),
    tag('h2', {}, 'Verdict'),
    claimList(verdict(all)),
    tag('h2', {}, 'What the engine was designed for'),
    claimList(ranked(targetClaims(all))),
    ...sections(all).flatMap(({ title, groups }) => [tag('h2', {}, escapeText(title)), ...tables(groups).map(table), plots(groups)]),
  ];
  const head = tag('head', {}, '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    tag('title', {}, 'Modelkeeper: the engine beside others'), tag('style', {}, styles, plotStyles));
  return `<!doctype html>\n${tag('html', { lang: 'en' }, head, tag('body', {}, tag('main', {}, ...body)))}\n`;
}

function claimList(claims: readonly Claim[]): string {
  return tag('ul', { class: 'claims' }, ...claims.map((claim) => tag('li', { class: claim.met === false ? 'unmet' : 'met' }, escapeText(spell(claim)))));
}

function plots(groups: readonly Group[]): string {
  return tag('div', { class: 'plots' },
    barPlot('writes per object', groups, ({ counts, objects }) => total(counts.writes) / objects),
    barPlot('objects a second, burst', groups, ({ objectsPerSecond }) => objectsPerSecond),
    barPlot('create to children, ten objects a second, p99 in ms', groups, ({ children }) => children.paced.p99),
    barPlot('child ready to Ready, ten objects a second, p99 in ms', groups, ({ lag }) => lag.paced.p99),
    barPlot('processor time per object, ms', groups, ({ cpuMsPerObject }) => cpuMsPerObject),
    barPlot('memory with all objects, MiB', groups, ({ rssMiB }) => rssMiB.after),
    curvePlot(groups));
}

function table({ title, columns, rows }: Table): string {
  const cells = (name: 'th' | 'td', texts: readonly string[]): string => tag('tr', {}, ...texts.map((each) => tag(name, {}, escapeText(each))));
  return tag('div', { class: 'wide' }, tag('table', {}, tag('caption', {}, escapeText(title)),
    tag('thead', {}, cells('th', columns)), tag('tbody', {}, ...rows.map((row) => cells('td', row)))));
}

import type { Group, Machine } from '../results.ts';
import { tables, type Table } from './tables.ts';
import { targetClaims } from './targets.ts';
import { ranked, spell, verdict } from './verdict.ts';

/** Groups of one tier and one number of objects, with a heading. */
export function sections(all: readonly Group[]): { readonly title: string; readonly groups: readonly Group[] }[] {
  const heading = ({ tier, n }: Group): string => `${tier === 1 ? 'Operator only' : 'Full chain'}, ${n.toLocaleString('en-US')} objects`;
  return [...new Set(all.map(heading))].map((title) => ({ title, groups: all.filter((group) => heading(group) === title) }));
}

export function describeMachine({ cpus, model, memoryGiB, node, load }: Machine): string {
  return `${cpus} x ${model}, ${memoryGiB} GiB, Node.js ${node}, load ${load} at the start`;
}

/** What is printed. */
export function textReport(all: readonly Group[], machine: Machine): string {
  return [
    describeMachine(machine),
    ...sections(all).flatMap(({ title, groups }) => ['', `== ${title}`, ...tables(groups).flatMap((table) => ['', aligned(table)])]),
    '', '== Verdict', ...verdict(all).map(spell),
    '', '== What the engine was designed for', ...ranked(targetClaims(all)).map(spell),
  ].join('\n');
}

/** The same for a page of documentation. */
export function markdownReport(all: readonly Group[], machine: Machine): string {
  return [
    describeMachine(machine),
    ...sections(all).flatMap(({ title, groups }) => ['', `### ${title}`, ...tables(groups).flatMap((table) => ['', markdown(table)])]),
    '', '### Verdict', '', ...verdict(all).map((claim) => `- ${spell(claim)}`),
    '', '### What the engine was designed for', '', ...ranked(targetClaims(all)).map((claim) => `- ${spell(claim)}`), '',
  ].join('\n');
}

export function aligned({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...lines.filter((cells) => cells.length === columns.length).map((cells) => cells[at]?.length ?? 0)));
  const written = lines.map((cells) => cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ').trimEnd());
  return [title, ...written].join('\n');
}

export function markdown({ title, columns, rows }: Table): string {
  const lines = [columns, columns.map((_, at) => (at === 0 ? '---' : '---:')), ...rows];
  return [`**${title}**`, '', ...lines.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

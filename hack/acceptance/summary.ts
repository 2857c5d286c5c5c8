import { count, figure } from '../demo/format.ts';
import type { DemoRecord } from '../demo/record.ts';

/** One demo of the acceptance, and how it and its confirmation ended. */
export interface Performance {
  readonly name: string;
  readonly demo: number;
  readonly confirmed: number;
  readonly seconds: number;
  /** Undefined when the demo did not get that far. */
  readonly record: DemoRecord | undefined;
}

const headings = ['demo', 'result', 'minutes', 'found', 'old recall', 'new recall', 'loop', 'serves', 'requests', 'failed'];

export function passed({ demo, confirmed }: Performance): boolean {
  return demo === 0 && confirmed === 0;
}

/** The lines of a table with a row for each demo. */
export function summary(performances: readonly Performance[]): string[] {
  const table = [headings, ...performances.map(rowOf)];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

function rowOf(performance: Performance): string[] {
  const { name, demo, seconds, record } = performance;
  const { loop, versions = [], activeVersion = '-', client } = record ?? {};
  const recall = versions[1]?.metrics['recall'];
  const champion = versions[1]?.champion?.metrics['recall'];
  return [
    name,
    passed(performance) ? 'passed' : demo === 0 ? 'NOT CONFIRMED' : 'FAILED',
    (seconds / 60).toFixed(1),
    loop?.pattern === undefined || !loop.episode ? `${loop?.windows.length ?? 0} windows` : `${(Date.parse(loop.episode.start) - Date.parse(loop.pattern)) / 1_000} s`,
    champion === undefined ? '-' : figure(champion),
    recall === undefined ? '-' : figure(recall),
    loop?.retraining?.outcome ?? '-',
    activeVersion,
    count(client?.requests ?? 0),
    count(client?.failed ?? 0),
  ];
}

import { axes, title, xTicks, yGrid, type Frame } from '../../../demo/report/panel.ts';
import { line, polyline, tag, text } from '../../../demo/report/svg.ts';
import { over, type Group } from '../results.ts';
import type { Speed } from '../run.ts';
import type { Summary } from '../statistics.ts';
import { figure } from './tables.ts';

const width = 530;
const row = 26;
const bars = { left: 170, right: 450, top: 40 };

/** A bar for each contender: the median, and a line from the least to the most of the repeats. */
export function barPlot(words: string, groups: readonly Group[], of: (speed: Speed) => number | undefined): string {
  const found = groups.flatMap((group) => {
    const values = over(group, of);
    return values === undefined ? [] : [{ group, values }];
  });
  if (found.length === 0) return '';
  const bottom = bars.top + row * found.length;
  const frame: Frame = { ...bars, bottom };
  const both = axes(frame, [0, Math.max(...found.map(({ values }) => values.max), 1e-9) * 1.02], [0, 1]);
  return tag('svg', { viewBox: `0 0 ${width} ${bottom + 30}`, role: 'img', 'aria-label': words },
    text(words, { x: 16, y: 22, class: 'title' }),
    ...found.map(({ group, values }, at) => bar(group, values, { y: bars.top + at * row, x: both.x })),
    xTicks(both, frame, (value) => value.toLocaleString('en-US'), 5));
}

function bar(group: Group, { median, min, max }: Summary, { y, x }: { readonly y: number; readonly x: (value: number) => number }): string {
  const middle = y + row / 2;
  return [
    text(group.label, { x: bars.left - 10, y: middle + 4, class: 'tick end' }),
    tag('rect', { x: x(0), y: y + 4, width: x(median) - x(0), height: row - 8, class: classOf(group) }),
    min === max ? '' : line({ x: x(min), y: middle }, { x: x(max), y: middle }, 'whisker'),
    text(figure(median), { x: x(max) + 8, y: middle + 4, class: 'tick' }),
  ].join('');
}

function classOf({ contender, ceiling }: Group): string {
  return `bar ${contender.startsWith('ours') ? 'ours' : ceiling ? 'ceiling' : 'other'}`;
}

/** Only so many lines can be told apart. */
const curves = 6;
const frame: Frame = { left: 52, right: 510, top: 40, bottom: 250 };

/** How many objects of the burst were ready after how many seconds, of each contender's run in the middle. */
export function curvePlot(groups: readonly Group[]): string {
  const shown = groups.filter(({ runs }) => runs.length > 0).slice(0, curves).map((group) => ({ group, curve: middleRun(group).curve }));
  const last = Math.max(...shown.map(({ curve }) => curve.at(-1) ?? 0), 0.1);
  const both = axes(frame, [0, last], [0, 100]);
  const legend = frame.bottom + 58;
  return tag('svg', { viewBox: `0 0 ${width} ${legend + 20 * Math.ceil(shown.length / 2)}`, role: 'img', 'aria-label': 'Objects ready over time' },
    title(frame, 'objects ready, of each hundred'),
    yGrid(both, frame, String),
    xTicks(both, frame, (value) => value.toLocaleString('en-US')),
    text('seconds since the first create', { x: frame.right, y: frame.bottom + 34, class: 'tick end' }),
    ...shown.map(({ curve }, at) => polyline([{ x: both.x(0), y: both.y(0) }, ...curve.map((second, step) => ({ x: both.x(second), y: both.y((step + 1) * 100 / curve.length) }))], `curve c${at}`)),
    ...shown.map(({ group }, at) => key(group.label, at, { x: frame.left + (at % 2) * 230, y: legend + Math.floor(at / 2) * 20 })));
}

function key(label: string, at: number, place: { readonly x: number; readonly y: number }): string {
  return line({ x: place.x, y: place.y - 4 }, { x: place.x + 24, y: place.y - 4 }, `curve c${at}`) + text(label, { x: place.x + 32, y: place.y, class: 'tick' });
}

function middleRun({ runs }: Group): Speed {
  const sorted = runs.map(({ speed }) => speed).toSorted((a, b) => a.objectsPerSecond - b.objectsPerSecond);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('a group without runs has no run in the middle');
  return middle;
}

/** Colours beside those of the report of the demo. */
export const plotStyles = `
.bar.ours { fill: var(--v1); } .bar.other { fill: var(--soft); opacity: 0.75; } .bar.ceiling { fill: var(--faint); stroke: var(--soft); stroke-dasharray: 3 3; }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
.curve { fill: none; stroke-width: 2; } .c0 { stroke: var(--v1); } .c1 { stroke: var(--v2); } .c2 { stroke: var(--v3); } .c3 { stroke: var(--window); } .c4 { stroke: var(--bad); } .c5 { stroke: var(--soft); }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 8px 0 20px; } .wide { overflow-x: auto; }
th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
th { color: var(--soft); font-weight: 500; } caption { text-align: left; font-weight: 600; padding: 8px 0; }
.plots { grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); } .claims { padding-left: 20px; } .claims .unmet { color: var(--bad); font-weight: 600; }
`;

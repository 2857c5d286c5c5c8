import { count } from '../format.ts';
import type { Evidence, WindowRecord } from '../record.ts';
import { bars, type Bar } from './histogram.ts';
import { axes, percent, title, xTicks, yGrid, type Frame } from './panel.ts';
import { area, polyline, tag, text, type Point } from './svg.ts';

type Feature = Evidence['features'][number];

const size = { width: 348, height: 236 };
const frame: Frame = { left: 46, right: 338, top: 52, bottom: 200 };
const shownFeatures = 6;
const longestCategory = 9;

/** The features that differ most, each with its distribution in the baseline and in the window of the episode. */
export function featurePlots(evidence: Evidence, found: WindowRecord | undefined): string {
  const worst = found?.checks.flatMap((check) => check.worst) ?? [];
  const plots = worst.slice(0, shownFeatures).flatMap(({ feature, value, threshold }) => {
    const counted = evidence.features.find(({ name }) => name === feature);
    return counted ? [plot(counted, `differs by ${value.toFixed(2)}, limit ${threshold.toFixed(2)}`)] : [];
  });
  return tag('div', { class: 'plots' }, ...plots);
}

export function rowsOf({ rows }: Evidence): { readonly baseline: string; readonly window: string } {
  return { baseline: `${count(rows.baseline)} rows`, window: `${count(rows.window)} rows` };
}

function plot(feature: Feature, verdict: string): string {
  const drawn = bars(feature, feature.baseline, feature.window);
  const [first, last] = [drawn[0]?.from ?? 0, drawn.at(-1)?.to ?? 1];
  const tallest = Math.max(...drawn.flatMap(({ baseline, window }) => [baseline, window]), 0.01);
  const both = axes(frame, [first, last], [0, tallest * 1.05]);
  const outline = (side: 'baseline' | 'window'): Point[] => drawn.flatMap((bar) =>
    [bar.from, bar.to].map((value) => ({ x: both.x(value), y: both.y(bar[side]) })));
  return tag('svg', { viewBox: `0 0 ${size.width} ${size.height}`, role: 'img', 'aria-label': `${feature.name} ${verdict}` },
    title({ ...frame, top: frame.top - 16 }, feature.name),
    text(verdict, { x: frame.left, y: frame.top - 8, class: 'note' }),
    yGrid(both, frame, percent, 3),
    area(outline('baseline'), frame.bottom, 'baseline-area'),
    area(outline('window'), frame.bottom, 'window-area'),
    polyline(outline('baseline'), 'baseline-line'),
    polyline(outline('window'), 'window-line'),
    feature.type === 'Numeric' ? xTicks(both, frame, (value) => value.toLocaleString('en-US'), 5) : categories(feature.categories, drawn, both.x),
  );
}

function categories(names: readonly string[], drawn: readonly Bar[], x: (value: number) => number): string {
  return drawn.map((bar, at) => {
    const name = names[at] ?? 'other';
    const shown = name.length > longestCategory ? `${name.slice(0, longestCategory - 1)}…` : name;
    return text(shown, { x: x((bar.from + bar.to) / 2), y: frame.bottom + 18, class: 'tick middle' });
  }).join('');
}

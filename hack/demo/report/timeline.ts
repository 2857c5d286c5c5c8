import type { LoopRecord, ShareRecord } from '../record.ts';
import type { StoryEvent } from './events.ts';
import { scale, type Scale } from './scale.ts';
import { axes, percent, title, xTicks, yGrid, type Axes, type Frame } from './panel.ts';
import { area, line, polyline, tag, text, type Point } from './svg.ts';

const width = 1_080;
const across = { left: 58, right: 1_066 };
const lane = { top: 34, row: 24 };
/** Markers nearer than this lie in different rows. */
const markerWidth = 26;

interface Frames {
  readonly recall: Frame;
  readonly distance: Frame;
  readonly share: Frame;
}

/** Recall, distance and shares over one axis of time, with everything that happened. Minutes count from the beginning. */
export function timeLine(loop: LoopRecord, versions: readonly string[], events: readonly StoryEvent[]): string {
  const minute = minutesSince(loop.began);
  const last = Math.max(...loop.clients.map(({ at }) => minute(at)), ...events.map(({ at }) => minute(at)), 1);
  const time: readonly [number, number] = [0, last];
  const x = scale(time, [across.left, across.right]);
  const marks = rowsOf(events.map(({ at }) => x(Math.max(0, minute(at)))));
  const frames = framesBelow(lane.top + lane.row * Math.max(1, ...marks.map(({ row }) => row + 1)));
  const { recall, distance, share } = frames;
  const bottomAxes = axes(share, time, [0, 1]);
  return tag('svg', { viewBox: `0 0 ${width} ${share.bottom + 44}`, role: 'img', 'aria-label': 'What happened, over time' },
    patternBand(loop, frames, x),
    text('events', { x: across.left, y: 14, class: 'title' }),
    ...marks.map((mark, at) => eventMark(mark, `${at + 1}`, share.bottom)),
    recallPlot(loop, versions, recall, axes(recall, time, [0, 1])),
    distancePlot(loop, distance, time),
    sharePlot(loop, versions, share, bottomAxes),
    xTicks(bottomAxes, share, (value) => `${value}`, 12),
    text('minutes since the first request', { x: across.right, y: share.bottom + 38, class: 'tick end' }),
  );
}

function framesBelow(top: number): Frames {
  return {
    recall: { ...across, top: top + 34, bottom: top + 214 },
    distance: { ...across, top: top + 270, bottom: top + 380 },
    share: { ...across, top: top + 436, bottom: top + 526 },
  };
}

export function minutesSince(began: string): (at: string) => number {
  return (at) => (Date.parse(at) - Date.parse(began)) / 60_000;
}

/** Class of everything that is drawn of a version: the first one, the second one, and so on. */
export function versionClass(versions: readonly string[], version: string): string {
  return `v${(Math.max(0, versions.indexOf(version)) % 3) + 1}`;
}

function patternBand({ pattern, began }: LoopRecord, frames: Frames, x: Scale): string {
  if (pattern === undefined) return '';
  const from = Math.max(across.left, x(minutesSince(began)(pattern)));
  return [frames.recall, frames.distance, frames.share].map(({ top, bottom }) =>
    tag('rect', { x: from, y: top, width: Math.max(0, across.right - from), height: bottom - top, class: 'pattern' })).join('');
}

interface Mark {
  readonly place: number;
  readonly row: number;
}

/** The row of each mark: the first in which it touches no other. */
export function rowsOf(places: readonly number[]): Mark[] {
  const ends: number[] = [];
  return places.map((place) => {
    const free = ends.findIndex((end) => place - end >= markerWidth);
    const row = free === -1 ? ends.length : free;
    ends[row] = place;
    return { place, row };
  });
}

/** A numbered mark; the list below the plot says what it stands for. */
function eventMark({ place, row }: Mark, number: string, bottom: number): string {
  const y = lane.top + row * lane.row;
  return [
    line({ x: place, y: y + 10 }, { x: place, y: bottom }, 'event'),
    tag('circle', { cx: place, cy: y, r: 10, class: 'mark' }),
    text(number, { x: place, y: y + 4, class: 'number middle' }),
  ].join('');
}

function recallPlot(loop: LoopRecord, versions: readonly string[], frame: Frame, { x, y }: Axes): string {
  const minute = minutesSince(loop.began);
  const lines = versions.map((version) => {
    const points = loop.clients.flatMap(({ at, recall }): Point[] => (recall[version] === undefined ? [] : [{ x: x(minute(at)), y: y(recall[version]) }]));
    return polyline(points, `line ${versionClass(versions, version)}`);
  });
  const judged = loop.windows.flatMap((window) => window.checks
    .filter(({ worst, value }) => worst.length === 0 && value !== undefined)
    .map(({ value = 0, threshold = 0, state }) => ({ window, value, threshold, state })));
  const dots = judged.map(({ window, value, state }) =>
    tag('circle', { cx: x(minute(window.end)), cy: y(value), r: 4.5, class: `dot ${state === 'Breached' ? 'breached' : 'calm'}` }));
  const limits = judged.map(({ window, threshold }) =>
    line({ x: x(minute(window.start)), y: y(threshold) }, { x: x(minute(window.end)), y: y(threshold) }, 'limit'));
  return [title(frame, 'recall: the part of all fraud that was found'), yGrid({ x, y }, frame, percent), ...limits, ...lines, ...dots].join('');
}

/** The largest distance of any feature in each window, as a part of its limit. */
function distancePlot(loop: LoopRecord, frame: Frame, time: readonly [number, number]): string {
  const minute = minutesSince(loop.began);
  const found = loop.windows.flatMap((window) => {
    const check = window.checks.find(({ worst }) => worst.length > 0);
    const [first] = check?.worst ?? [];
    return first ? [{ window, part: first.value / first.threshold, state: check?.state }] : [];
  });
  const tallest = Math.max(1.5, ...found.map(({ part }) => part));
  const both = axes(frame, time, [0, tallest * 1.05]);
  const { x, y } = both;
  const columns = found.map(({ window, part, state }) => {
    const [from, to] = [x(Math.max(0, minute(window.start))) + 1.5, x(minute(window.end)) - 1.5];
    return tag('rect', { x: from, y: y(part), width: Math.max(1, to - from), height: frame.bottom - y(part), class: `column ${state === 'Breached' ? 'breached' : 'calm'}` });
  });
  return [
    title(frame, 'drift: the feature that differs most, as a part of its limit'),
    yGrid(both, frame, percent, 3),
    ...columns,
    line({ x: across.left, y: y(1) }, { x: across.right, y: y(1) }, 'limit'),
  ].join('');
}

/** Which version gets which part of the requests, as the routers confirmed it. */
function sharePlot(loop: LoopRecord, versions: readonly string[], frame: Frame, both: Axes): string {
  const { x, y } = both;
  const minute = minutesSince(loop.began);
  const end = both.x.domain[1];
  const steps = loop.shares.map((one, at) => ({ one, from: Math.max(0, minute(one.at)), to: minute(loop.shares[at + 1]?.at ?? '') || end }));
  const block = (version: string, from: number, to: number, part: readonly [number, number]): string =>
    area([{ x: x(from), y: y(part[1]) }, { x: x(to), y: y(part[1]) }], y(part[0]), `share ${versionClass(versions, version)}`);
  const blocks = steps.filter(({ from, to }) => to > from).flatMap(({ one, from, to }) => {
    const part = candidatePart(one);
    return [
      ...(part < 1 ? [block(one.active, from, to, [part, 1])] : []),
      ...(part > 0 && one.candidate !== undefined ? [block(one.candidate, from, to, [0, part])] : []),
    ];
  });
  return [title(frame, 'share of the requests'), ...blocks, yGrid(both, frame, percent, 2)].join('');
}

function candidatePart({ candidate, percent: share }: ShareRecord): number {
  return candidate === undefined ? 0 : share / 100;
}

import { scale, ticks, type Scale } from './scale.ts';
import { line, text } from './svg.ts';

/** Where a plot lies on the page. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
}

export function axes(frame: Frame, x: readonly [number, number], y: readonly [number, number]): Axes {
  return { x: scale(x, [frame.left, frame.right]), y: scale(y, [frame.bottom, frame.top]) };
}

/** The title of a plot, above it, with its unit. */
export function title({ left, top }: Frame, words: string): string {
  return text(words, { x: left, y: top - 10, class: 'title' });
}

/** Lines and numbers at round heights. */
export function yGrid({ y }: Axes, { left, right }: Frame, write: (value: number) => string, count = 4): string {
  return ticks(y.domain, count).map((value) =>
    line({ x: left, y: y(value) }, { x: right, y: y(value) }, 'grid') + text(write(value), { x: left - 8, y: y(value) + 4, class: 'tick end' })).join('');
}

/** Numbers below a plot. */
export function xTicks({ x }: Axes, { bottom }: Frame, write: (value: number) => string, count = 6): string {
  return ticks(x.domain, count).map((value) =>
    line({ x: x(value), y: bottom }, { x: x(value), y: bottom + 4 }, 'axis') + text(write(value), { x: x(value), y: bottom + 18, class: 'tick middle' })).join('');
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

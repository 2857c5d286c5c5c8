/** Text of an element, safe to put into HTML. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character);
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element of HTML or SVG. Children are markup: texts go through `escapeText` or `text`. */
export function tag(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeText(typeof value === 'number' ? short(value) : value)}"`);
  return `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function text(content: string, attributes: Attributes): string {
  return tag('text', attributes, escapeText(content));
}

export function line(from: Point, to: Point, className: string): string {
  return tag('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: className });
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function polyline(points: readonly Point[], className: string): string {
  return points.length === 0 ? '' : tag('path', { d: path(points), class: className });
}

/** The area between a line and a height. */
export function area(points: readonly Point[], base: number, className: string): string {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return '';
  return tag('path', { d: `${path([{ x: first.x, y: base }, ...points, { x: last.x, y: base }])}Z`, class: className });
}

function path(points: readonly Point[]): string {
  return points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

/** A tenth of a pixel is more than can be seen. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

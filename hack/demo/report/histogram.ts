import type { Bins, FeatureCounts, NumericBins } from '../../../operator/profile/format.ts';

/** A bar of a histogram, with the shares of the baseline and of the window that it holds. */
export interface Bar {
  /** The values from here on, without `to`; the number of the category for a feature without numbers. */
  readonly from: number;
  readonly to: number;
  readonly baseline: number;
  readonly window: number;
}

/** A stretch [from, to) of the line with its part of each distribution; both ends are equal for a single value. */
type Piece = Bar;
type Side = 'baseline' | 'window';

const mostBars = 30;
/** What lies outside of this part of both distributions is left out: a few far values would press all others together. */
const shown = 0.99;

/** Bars of equal width with round edges for a numeric feature, one bar a category for others. */
export function bars(bins: Bins, baseline: FeatureCounts, window: FeatureCounts): Bar[] {
  const [a, b] = [shares(baseline.counts), shares(window.counts)];
  if (bins.type === 'Categorical') return a.map((share, at) => ({ from: at, to: at + 1, baseline: share, window: b[at] ?? 0 }));
  const whole = bins.edges.every((edge) => Number.isInteger(edge));
  const all = stretches(bins, whole).map((stretch, cell) => ({ ...stretch, baseline: a[cell] ?? 0, window: b[cell] ?? 0 }));
  const { low, high } = extent(all);
  const width = barWidth(high - low, whole);
  const start = Math.floor(low / width + 1e-9) * width;
  const count = Math.max(1, Math.ceil((high - start) / width - 1e-9));
  return Array.from({ length: count }, (_, at) => {
    const [from, to] = [start + at * width, start + (at + 1) * width];
    return { from, to, baseline: mass(all, 'baseline', from, to), window: mass(all, 'window', from, to) };
  });
}

function shares(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / Math.max(1, all));
}

/** The cells of a feature in their order. A whole number n takes up [n, n + 1); the open cells at the ends are drawn as points. */
function stretches({ edges, atoms }: NumericBins, whole: boolean): { readonly from: number; readonly to: number }[] {
  const [first = 0, last = 0] = [edges[0], edges.at(-1)];
  const points = new Set(atoms);
  const cells = edges.flatMap((edge, at) => {
    const before = edges[at - 1];
    const from = before === undefined ? first : before + (whole ? 1 : 0);
    const to = before === undefined ? first : edge + (whole && !points.has(edge) ? 1 : 0);
    return [{ from, to: Math.max(from, to) }, ...(points.has(edge) ? [{ from: edge, to: edge + (whole ? 1 : 0) }] : [])];
  });
  return [...cells, { from: last, to: last }];
}

/** Where the middle of both distributions lies. */
function extent(all: readonly Piece[]): { readonly low: number; readonly high: number } {
  const inside = (['baseline', 'window'] as const).flatMap((side) => middle(all, side));
  return { low: Math.min(...inside.map(({ from }) => from)), high: Math.max(...inside.map(({ to }) => to)) };
}

function middle(all: readonly Piece[], side: Side): Piece[] {
  const tail = (1 - shown) / 2;
  let sum = 0;
  return all.filter((piece) => {
    const before = sum;
    sum += piece[side];
    return piece[side] > 0 && sum > tail && before < 1 - tail;
  });
}

/** 1, 2 or 5 times a power of ten, and no part of a whole number. */
function barWidth(span: number, whole: boolean): number {
  if (span <= 0) return 1;
  const rough = Math.max(span / mostBars, whole ? 1 : 0);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return magnitude * ([1, 2, 5, 10].find((nice) => nice * magnitude >= rough * 0.999) ?? 10);
}

/** The part of a distribution in [from, to); within a stretch it is taken to be even. */
function mass(all: readonly Piece[], side: Side, from: number, to: number): number {
  return all.reduce((sum, piece) => {
    if (piece.from === piece.to) return sum + (piece.from >= from && piece.from < to ? piece[side] : 0);
    return sum + piece[side] * Math.max(0, Math.min(piece.to, to) - Math.max(piece.from, from)) / (piece.to - piece.from);
  }, 0);
}

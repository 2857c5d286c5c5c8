import { total } from './counts.ts';
import { upperGamma } from './gamma.ts';

/** W. G. Cochran's rule: with fewer expected values in a cell, the statistic does not follow its law. */
const leastExpected = 5;

export interface ChiSquare {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  /** How often samples of one distribution would lie at least as far apart. */
  readonly p: number;
}

const nothingKnown: ChiSquare = { statistic: 0, degreesOfFreedom: 0, p: 1 };

type Cell = readonly [number, number];

/**
 * Pearson's chi-square test that two samples, counted in common cells, come from one distribution. Cells that expect fewer
 * than five values of either sample are pooled. Both samples are taken for what they are, samples: a value that the first
 * lacks does not make the statistic infinite.
 */
export function chiSquare(a: readonly number[], b: readonly number[]): ChiSquare {
  const [n, m] = [total(a), total(b)];
  if (n === 0 || m === 0) return nothingKnown;
  const cells = pooled(a.map((count, cell): Cell => [count, b[cell] ?? 0]), Math.min(n, m) / (n + m));
  if (cells.length < 2) return nothingKnown;
  const statistic = cells.reduce((sum, [x, y]) => sum + ((x * m - y * n) ** 2) / (n * m * (x + y)), 0);
  const degreesOfFreedom = cells.length - 1;
  return { statistic, degreesOfFreedom, p: upperGamma(degreesOfFreedom / 2, statistic / 2) };
}

/** Joins all thin cells into one, and that with the thinnest of the others while it is thin itself. */
function pooled(cells: readonly Cell[], share: number): Cell[] {
  const isThin = (cell: Cell): boolean => size(cell) * share < leastExpected;
  const thick = cells.filter((cell) => !isThin(cell)).sort((x, y) => size(y) - size(x));
  let rest: Cell = cells.filter(isThin).reduce(join, [0, 0]);
  while (size(rest) > 0 && isThin(rest)) {
    const thinnest = thick.pop();
    if (thinnest === undefined) return [rest];
    rest = join(rest, thinnest);
  }
  return size(rest) > 0 ? [...thick, rest] : thick;
}

function size([x, y]: Cell): number {
  return x + y;
}

function join(a: Cell, b: Cell): Cell {
  return [a[0] + b[0], a[1] + b[1]];
}

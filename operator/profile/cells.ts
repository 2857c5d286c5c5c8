import type { Bins, CategoricalBins, Feature, NumericBins } from './format.ts';

/** How many cells the values of a feature are counted in. */
export function cellCount(bins: Bins): number {
  return bins.type === 'Numeric' ? bins.edges.length + bins.atoms.length + 1 : bins.categories.length + 1;
}

/** The cell of a finite value. One that is not finite has no cell: it counts as missing. */
export function cellOf({ edges, atoms }: NumericBins, value: number): number {
  const atom = firstNotBelow(atoms, value);
  return firstNotBelow(edges, value) + atom + (atoms[atom] === value ? 1 : 0);
}

/** Tells the cell of a category; all that are not listed share the last one. */
export function categoryCells({ categories }: CategoricalBins): (value: string) => number {
  const cells = new Map(categories.map((category, cell) => [category, cell]));
  return (value) => cells.get(value) ?? categories.length;
}

/** For each cell, whether all values in it are equal. */
export function pointCells(bins: Bins): boolean[] {
  if (bins.type === 'Categorical') return [...bins.categories.map(() => true), false];
  const atoms = new Set(bins.atoms);
  return [...bins.edges.flatMap((edge) => (atoms.has(edge) ? [false, true] : [false])), false];
}

/** The cells of a feature without what the baseline counted in them. */
export function binsOf(feature: Feature): Bins {
  const { name } = feature;
  return feature.type === 'Numeric'
    ? { type: 'Numeric', name, edges: feature.edges, atoms: feature.atoms }
    : { type: 'Categorical', name, categories: feature.categories };
}

/** Position of the first of increasing numbers that is not below `value`; their count when all are. */
function firstNotBelow(increasing: readonly number[], value: number): number {
  let [from, to] = [0, increasing.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((increasing[middle] ?? Infinity) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

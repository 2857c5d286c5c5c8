import { chunkCounter } from '../../../operator/profile/chunks.ts';
import type { CategoricalBins, Profile } from '../../../operator/profile/format.ts';
import type { Random } from '../../random.ts';
import { distribution, features, type Columns, type Source } from './world.ts';

/** Three to twenty categories, the k-th of them 1/k as frequent as the first: many rare ones, as in real data. */
const sizes = Array.from({ length: features }, (_, at) => 3 + (at % 18));
const chunks = 40;

/** For each feature, the position of a category. */
export function categorical(random: Random): Source[] {
  return sizes.map((size) => {
    const weights = Array.from({ length: size }, (_, at) => 1 / (at + 1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return () => {
      let left = random() * total;
      const found = weights.findIndex((weight) => (left -= weight) < 0);
      return found === -1 ? size - 1 : found;
    };
  });
}

export function categoricalProfile(reference: Columns): Profile {
  const rows = reference[0]?.length ?? 0;
  return {
    schemaVersion: 1,
    rows,
    features: reference.map((column, at) => {
      const bins: CategoricalBins = { type: 'Categorical', name: `feature-${at}`, categories: Array.from({ length: sizes[at] ?? 0 }, (_, category) => `category-${category}`) };
      const counter = chunkCounter(bins, rows, chunks);
      for (const cell of column) counter.add(cell);
      return { ...bins, ...distribution(bins, counter.chunks), count: rows };
    }),
  };
}

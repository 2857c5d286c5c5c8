import { cellCount } from './cells.ts';
import type { Bins, FeatureCounts } from './format.ts';

/** Counts a column in the order of its rows. */
export interface ChunkCounter {
  /** The cell of the next row; undefined when it has no value. */
  add(cell: number | undefined): void;
  readonly chunks: readonly FeatureCounts[];
}

/** Parts `rows` rows into consecutive chunks of equal size, but for one row more or less, and counts each. */
export function chunkCounter(bins: Bins, rows: number, chunks: number): ChunkCounter {
  const counted = Array.from({ length: chunks }, () => ({ missing: 0, counts: new Array<number>(cellCount(bins)).fill(0) }));
  let row = 0;
  return {
    add(cell) {
      const chunk = counted[Math.floor((row * chunks) / rows)];
      row += 1;
      if (chunk === undefined) throw new Error(`there are more than ${rows} rows`);
      if (cell === undefined) chunk.missing += 1;
      else chunk.counts[cell] = (chunk.counts[cell] ?? 0) + 1;
    },
    chunks: counted,
  };
}

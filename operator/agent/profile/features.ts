import { nullLaws } from '../../drift/null.ts';
import { categoryCells, cellOf } from '../../profile/cells.ts';
import { chunkCounter } from '../../profile/chunks.ts';
import { maxCategories, type Bins, type Feature, type FeatureCounts } from '../../profile/format.ts';
import { sortedValues } from '../../profile/numeric.ts';
import { emptyCounts, mergeCounts } from '../../profile/window.ts';
import { sqlName, type Column } from './columns.ts';
import type { Database } from './database.ts';
import type { Table } from './load.ts';

/** How many consecutive parts of the data are compared with one another. */
const chunks = 40;
/** Bytes of the longest category; longer texts are counted with all others. */
const maxCategory = 256;

/** Describes one column: first its cells, then how many values each has, in the order of time. */
export async function featureOf(database: Database, table: Table, position: number): Promise<Feature> {
  const column = table.columns[position];
  if (!column) throw new Error(`the table has no column ${position}`);
  return column.type === 'Number' ? numericFeature(database, table, position) : categoricalFeature(database, table, position);
}

async function numericFeature(database: Database, { name: table, columns, rows }: Table, position: number): Promise<Feature> {
  const column = sqlName(position);
  const [[count] = []] = await database.rows(`SELECT count(*) FILTER (isfinite(${column})) FROM ${table}`);
  const sorted = sortedValues(Number(count));
  await database.each(`SELECT ${column} FROM ${table} WHERE isfinite(${column}) ORDER BY ${column}`, (value) => sorted.add(Number(value)));
  const { edges, atoms, moments } = sorted.summary();
  const bins = { type: 'Numeric' as const, name: nameOf(columns, position), edges, atoms };
  const counter = chunkCounter(bins, rows, chunks);
  await database.each(`SELECT ${column} FROM ${table}`, (value) => {
    counter.add(typeof value === 'number' && Number.isFinite(value) ? cellOf(bins, value) : undefined);
  });
  return { ...bins, ...counted(bins, counter.chunks), ...(moments ? { moments } : {}) };
}

async function categoricalFeature(database: Database, { name: table, columns, rows }: Table, position: number): Promise<Feature> {
  const text = columns[position]?.type === 'Boolean' ? `CAST(${sqlName(position)} AS VARCHAR)` : sqlName(position);
  const frequent = await database.rows(`SELECT t FROM (SELECT ${text} AS t FROM ${table}) WHERE strlen(t) <= ${maxCategory} GROUP BY t ORDER BY count(*) DESC, t LIMIT ${maxCategories}`);
  const bins = { type: 'Categorical' as const, name: nameOf(columns, position), categories: frequent.map(([value]) => String(value)) };
  const counter = chunkCounter(bins, rows, chunks);
  const cell = categoryCells(bins);
  await database.each(`SELECT ${text} FROM ${table}`, (value) => counter.add(typeof value === 'string' ? cell(value) : undefined));
  return { ...bins, ...counted(bins, counter.chunks) };
}

function nameOf(columns: readonly Column[], position: number): string {
  return columns[position]?.name ?? '';
}

function counted(bins: Bins, parts: readonly FeatureCounts[]): Pick<Feature, 'count' | 'missing' | 'counts' | 'null'> {
  const { missing, counts } = parts.reduce(mergeCounts, emptyCounts(bins));
  return { count: counts.reduce((sum, one) => sum + one, 0), missing, counts, null: nullLaws(bins, parts) };
}

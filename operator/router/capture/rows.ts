import { categoryCells, cellOf } from '../../profile/cells.ts';
import type { Bins } from '../../profile/format.ts';
import { offsetsOf } from './baseline.ts';
import { tableReader, type Column } from './v2.ts';

/** What a cell is called when there is none. */
const missing = -1;
const unreadable = -2;

/**
 * Appends the cells that the values of a request fall into, by their place in the array of all cells, and tells the number
 * of rows. Undefined, with nothing appended, when the request cannot be read. Rows without a value have no cell.
 */
export type RowCounter = (body: string, cells: number[]) => number | undefined;

export function rowCounter(features: readonly Bins[]): RowCounter {
  const read = tableReader(features.map(({ name }) => name));
  const offsets = offsetsOf(features);
  const cellsOf = features.map((bins) => (bins.type === 'Numeric' ? numericCell(bins) : categoricalCell(bins)));
  return (body, cells) => {
    const table = read(body);
    if (table === undefined) return undefined;
    const before = cells.length;
    for (const [feature, cellOf] of cellsOf.entries()) {
      const column = table.columns[feature];
      if (column === undefined || appendCells(column, { cellOf, offset: offsets[feature] ?? 0 }, cells)) continue;
      cells.length = before;
      return undefined;
    }
    return table.rows;
  };
}

type CellOf = (value: unknown) => number;

/** False when there is something that is no value. */
function appendCells({ data, first, step }: Column, { cellOf, offset }: { cellOf: CellOf; offset: number }, cells: number[]): boolean {
  for (let at = first; at < data.length; at += step) {
    const cell = cellOf(data[at]);
    if (cell === unreadable) return false;
    if (cell !== missing) cells.push(offset + cell);
  }
  return true;
}

/** true and false are 1 and 0; a text that is a number is that number, and any other one is no value. */
function numericCell(bins: Bins & { type: 'Numeric' }): CellOf {
  const cell = (value: number): number => (Number.isFinite(value) ? cellOf(bins, value) : missing);
  return (value) => {
    if (typeof value === 'number') return cell(value);
    if (typeof value === 'string') return value.trim() === '' ? missing : cell(Number(value));
    if (typeof value === 'boolean') return cell(value ? 1 : 0);
    return value === null ? missing : unreadable;
  };
}

/** An empty text is no value, as it is in a CSV file, unless the baseline has it as a category. */
function categoricalCell(bins: Bins & { type: 'Categorical' }): CellOf {
  const cell = categoryCells(bins);
  const emptyIsMissing = !bins.categories.includes('');
  return (value) => {
    if (typeof value === 'string') return value === '' && emptyIsMissing ? missing : cell(value);
    if (typeof value === 'number' || typeof value === 'boolean') return cell(String(value));
    return value === null ? missing : unreadable;
  };
}

import { canonicalClass, outcomeOf, type Label } from '../../profile/classes.ts';
import type { Outcomes } from '../../profile/format.ts';
import { noOutcomes } from '../../profile/window.ts';
import { AgentError, quoted } from '../failure.ts';
import { sqlName, type Column } from './columns.ts';
import type { Database } from './database.ts';
import type { Table } from './load.ts';

/** More classes than this are no classes. */
const maxPairs = 100_000;

/** Compares two columns of classes, row by row; a row that lacks one of them says nothing. */
export async function outcomesOf(database: Database, table: Table, positions: { readonly label: number; readonly prediction: number }): Promise<Outcomes> {
  const { label, prediction } = positions;
  const [actual, predicted] = [sqlName(label), sqlName(prediction)];
  const pairs = await database.rows(`SELECT ${actual}, ${predicted}, count(*) FROM ${table.name}
    WHERE ${actual} IS NOT NULL AND ${predicted} IS NOT NULL GROUP BY ALL LIMIT ${maxPairs + 1}`);
  if (pairs.length > maxPairs) throw new AgentError('InputInvalid', `columns ${namesOf(table, positions)} have too many different values for classes`);
  return pairs.reduce((outcomes, [one, other, rows]) => {
    const outcome = outcomeOf(classOf(other, table.columns[prediction]), classOf(one, table.columns[label]));
    return { ...outcomes, [outcome]: outcomes[outcome] + Number(rows) };
  }, noOutcomes);
}

function classOf(value: unknown, column: Column | undefined): string {
  if (isClass(value)) return canonicalClass(value);
  throw new AgentError('InputInvalid', `column ${quoted(column?.name ?? '')} holds numbers that are no classes: a class is a whole number, a boolean or a text`);
}

function isClass(value: unknown): value is Label {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function namesOf({ columns }: Table, { label, prediction }: { readonly label: number; readonly prediction: number }): string {
  return [label, prediction].map((position) => quoted(columns[position]?.name ?? '')).join(' and ');
}

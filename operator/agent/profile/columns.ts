import { AgentError, quoted } from '../failure.ts';
import { quoteName, quoteText, type Database } from './database.ts';

/** What the values of a column are; a profile knows no other ones. */
export type ColumnType = 'Number' | 'Boolean' | 'Text';
export interface Column { readonly name: string; readonly type: ColumnType }

const maxName = 256;

/** The names of a header, or what is wrong with them. */
export function checkNames(file: string, names: readonly string[]): void {
  const bad = names.find((name, at) => name === '' || name.length > maxName || names.indexOf(name) !== at);
  if (bad === undefined) return;
  const why = bad === '' ? 'has a column without a name' : bad.length > maxName ? `has a column name of more than ${maxName} characters` : `has two columns ${quoted(bad)}`;
  throw new AgentError('InputInvalid', `${file} ${why}`);
}

/** The columns of a Parquet file. */
export async function parquetColumns(database: Database, file: string, path: string): Promise<Column[]> {
  const described = await database.rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${quoteText(path)}))`);
  return described.map(([column, duckType]) => {
    const name = String(column);
    const type = typeOf(String(duckType));
    if (type === undefined) {
      throw new AgentError('InputInvalid', `${file}: column ${quoted(name)} has the type ${String(duckType).slice(0, 40)}; a feature is a number, a boolean or a text: leave the column out or convert it`);
    }
    return { name, type };
  });
}

function typeOf(duckType: string): ColumnType | undefined {
  if (/^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/.test(duckType)) return 'Number';
  if (duckType === 'BOOLEAN') return 'Boolean';
  return duckType === 'VARCHAR' || duckType.startsWith('ENUM(') ? 'Text' : undefined;
}

/** Texts that stand for a missing number in CSV files. */
const noNumbers = ['NA', 'N/A', 'NULL', 'null', 'None'].map(quoteText).join(', ');
const sqlTypes: Readonly<Record<ColumnType, string>> = { Number: 'DOUBLE', Boolean: 'BOOLEAN', Text: 'VARCHAR' };

/** Type of a column in the table. */
export function sqlType(type: ColumnType): string {
  return sqlTypes[type];
}

/** Column of the table by its position, whatever it is called in the files. */
export function sqlName(position: number): string {
  return quoteName(`c${position}`);
}

/** Decides what the columns of a table of texts are: numbers or booleans when every value is one. A column without values has numbers. */
export async function inferTypes(database: Database, table: string, columns: number): Promise<ColumnType[]> {
  const counts = Array.from({ length: columns }, (_, position) => {
    const name = sqlName(position);
    return [
      `count(${name})`,
      `count(*) FILTER (TRY_CAST(${name} AS DOUBLE) IS NOT NULL AND NOT contains(${name}, '_'))`,
      `count(*) FILTER (${name} IN (${noNumbers}))`,
      `count(*) FILTER (lower(${name}) IN ('true', 'false'))`,
    ];
  });
  const [row = []] = await database.rows(`SELECT ${counts.flat().join(', ')} FROM ${table}`);
  return counts.map((_, position): ColumnType => {
    const [values = 0, numbers = 0, gaps = 0, booleans = 0] = row.slice(4 * position, 4 * position + 4).map(Number);
    if (values === 0 || (numbers > 0 && numbers + gaps === values)) return 'Number';
    return booleans === values ? 'Boolean' : 'Text';
  });
}

/** A text of the table as a value of its type. */
export function sqlValue(type: ColumnType, name: string): string {
  switch (type) {
    case 'Number': return `TRY_CAST(${name} AS DOUBLE)`;
    case 'Boolean': return `lower(${name}) = 'true'`;
    case 'Text': return name;
  }
}

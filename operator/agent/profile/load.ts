import { lstat } from 'node:fs/promises';
import { AgentError, quoted } from '../failure.ts';
import { listFiles } from '../tree.ts';
import { checkNames, inferTypes, parquetColumns, sqlName, sqlType, sqlValue, type Column } from './columns.ts';
import { quoteName, quoteText, saidBy, type Database } from './database.ts';
import { kindOf } from './header.ts';

/** The rows of all files, in the order of the files' names and of the rows within; column n of the table is called c<n>. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: number;
}

interface File { readonly name: string; readonly path: string }

/** Reads the files of an input into a table, each once. */
export async function loadTable(database: Database, path: string): Promise<Table> {
  const files = await filesOf(path);
  const kinds = new Map<string, Awaited<ReturnType<typeof kindOf>>>();
  for (const { name, path: file } of files) kinds.set(name, await kindOf(file));
  const compressed = files.find(({ name }) => kinds.get(name)?.type === 'Compressed');
  if (compressed) throw new AgentError('InputInvalid', `${compressed.name} is compressed: give it as plain CSV or as Parquet`);
  const types = new Set([...kinds.values()].map(({ type }) => type));
  if (types.size > 1) throw new AgentError('InputInvalid', 'the folder holds CSV and Parquet files: give only one kind');
  const columns = types.has('Parquet') ? await loadParquet(database, files) : await loadCsv(database, files);
  const [[rows] = []] = await database.rows('SELECT count(*) FROM data');
  if (Number(rows) === 0) throw new AgentError('InputInvalid', 'there are no rows');
  return { name: 'data', columns, rows: Number(rows) };
}

/** A file, or the files of a folder by their names; what begins with a dot or an underscore is no data. */
async function filesOf(path: string): Promise<File[]> {
  const kind = await lstat(path);
  if (kind.isFile()) return [{ name: 'the file', path }];
  const leaves = await listFiles(path, { refusal: 'InputInvalid', leaveOut: (name) => /^[._]/.test(name) });
  if (leaves.length === 0) throw new AgentError('InputInvalid', 'the folder has no files');
  const files = leaves.map((leaf) => ({ name: quoted(leaf.path), path: leaf.source })).sort((a, b) => (a.path < b.path ? -1 : 1));
  const glob = files.find((file) => /[*?[\]]/.test(file.path));
  if (glob) throw new AgentError('InputInvalid', `${glob.name} has *, ?, [ or ] in its name: rename it`);
  return files;
}

async function loadCsv(database: Database, files: readonly File[]): Promise<Column[]> {
  let names: readonly string[] | undefined;
  for (const { name, path } of files) {
    const kind = await kindOf(path);
    const found = kind.type === 'Csv' ? kind.columns : undefined;
    if (!found) throw new AgentError('InputInvalid', `${name} has no readable header: its first line must name the columns`);
    checkNames(name, found);
    const columns = found.map((_, position) => `${quoteText(`c${position}`)}: 'VARCHAR'`).join(', ');
    const rows = `read_csv(${quoteText(path)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {${columns}})`;
    if (names) checkSame(name, names, found);
    await reading(name, 'CSV', database.run(names ? `INSERT INTO texts FROM ${rows}` : `CREATE TABLE texts AS FROM ${rows}`));
    names ??= found;
  }
  const all = names ?? [];
  const types = await inferTypes(database, 'texts', all.length);
  const values = types.map((type, position) => `${sqlValue(type, sqlName(position))} AS ${sqlName(position)}`);
  await database.run(`CREATE TABLE data AS SELECT ${values.join(', ')} FROM texts`);
  await database.run('DROP TABLE texts');
  return all.map((name, position) => ({ name, type: types[position] ?? 'Text' }));
}

async function loadParquet(database: Database, files: readonly File[]): Promise<Column[]> {
  let columns: readonly Column[] | undefined;
  for (const { name, path } of files) {
    const found = await reading(name, 'Parquet', parquetColumns(database, name, path));
    checkNames(name, found.map((column) => column.name));
    if (columns) checkSame(name, columns.map(described), found.map(described));
    const values = found.map((column, position) => `CAST(${quoteName(column.name)} AS ${sqlType(column.type)}) AS ${sqlName(position)}`);
    const rows = `SELECT ${values.join(', ')} FROM read_parquet(${quoteText(path)})`;
    await reading(name, 'Parquet', database.run(columns ? `INSERT INTO data ${rows}` : `CREATE TABLE data AS ${rows}`));
    columns ??= found;
  }
  return [...columns ?? []];
}

function described({ name, type }: Column): string {
  return `${name} (${type})`;
}

function checkSame(file: string, expected: readonly string[], found: readonly string[]): void {
  if (expected.length !== found.length) throw new AgentError('InputInvalid', `${file} has ${found.length} columns and the first file ${expected.length}: all files must have the same columns in the same order`);
  const at = found.findIndex((name, position) => name !== expected[position]);
  if (at < 0) return;
  throw new AgentError('InputInvalid', `${file}: column ${at + 1} is ${quoted(found[at] ?? '')} and in the first file ${quoted(expected[at] ?? '')}: all files must have the same columns in the same order`);
}

/** Says which file could not be read, and on which line, but nothing of what it says there. */
async function reading<T>(file: string, format: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const text = saidBy(error);
    const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
    const columns = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
    const where = line === undefined ? '' : `, line ${line}`;
    throw new AgentError('InputInvalid', `${file}${where} cannot be read as ${format}${columns ? `: it has ${columns[2] ?? ''} columns, and the header ${columns[1] ?? ''}` : ''}`);
  }
}

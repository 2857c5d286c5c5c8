import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError } from '../failure.ts';

/** A table too large for memory, on the work volume. */
export interface Database {
  run(sql: string): Promise<void>;
  /** An answer of few rows. */
  rows(sql: string): Promise<readonly (readonly DuckDBValue[])[]>;
  /** The only column of an answer, value by value, in its order. */
  each(sql: string, take: (value: DuckDBValue) => void): Promise<void>;
  close(): void;
}

/** With one thread rows keep their order and equal inputs give equal bytes; what does not fit the memory goes to the volume. */
const settings = {
  threads: '1',
  memory_limit: '384MB',
  preserve_insertion_order: 'true',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/** Opens a database in `<work>/tmp` that can read the files of one folder and nothing else. */
export async function openDatabase(work: string, folder: string): Promise<Database> {
  const file = join(work, 'tmp', 'profile.duckdb');
  const spill = join(work, 'tmp', 'profile-spill');
  for (const old of [file, `${file}.wal`, spill]) await rm(old, { recursive: true, force: true });
  const instance = await DuckDBInstance.create(file, { ...settings, temp_directory: spill });
  const connection = await instance.connect();
  await connection.run(`SET allowed_directories = [${quoteText(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return {
    run: (sql) => explained(connection.run(sql).then(() => undefined)),
    rows: (sql) => explained(connection.runAndReadAll(sql).then((answer) => answer.getRows())),
    each: (sql, take) => explained(stream(connection, sql, take)),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function stream(connection: DuckDBConnection, sql: string, take: (value: DuckDBValue) => void): Promise<void> {
  const answer = await connection.stream(sql);
  for (let chunk = await answer.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await answer.fetchChunk()) {
    const column = chunk.getColumnVector(0);
    for (let row = 0; row < column.itemCount; row += 1) take(column.getItem(row));
  }
}

/** What DuckDB says of a failure may quote the data, so it is never passed on. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const text = saidBy(error);
    if (text.startsWith('Out of Memory Error')) throw new AgentError('InputInvalid', 'a profile of this data needs more memory or more room on the work volume than there is');
    if (text.startsWith('IO Error')) throw new AgentError('StoreUnavailable', 'the work volume could not be read or written');
    throw error;
  }
}

/** What DuckDB says of a failure. Its errors are made outside JavaScript, and need not be instances of this Error. */
export function saidBy(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : '';
}

/** A text in SQL. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

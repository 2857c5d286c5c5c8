import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exitCodes } from '../../dataplane/task.ts';
import { Profile } from '../../profile/format.ts';
import { namesIn, Volumes, type Ended } from '../testing/volumes.ts';

let volumes: Volumes;
beforeEach(async () => {
  volumes = await Volumes.create();
});
afterEach(() => volumes.remove());

const output = () => readFile(volumes.path('work', 'outputs', 'profile'), 'utf8');

async function write(path: string, content: string | Buffer): Promise<string> {
  const file = volumes.path('work', 'inputs', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

const profile = (columns: { label?: string; prediction?: string } = {}): Promise<Ended> =>
  volumes.run({ verb: 'profile', work: volumes.path('work'), input: 'rows', ...columns });

async function profileOf(files: Readonly<Record<string, string>>, columns?: { label?: string; prediction?: string }): Promise<Profile> {
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const { exitCode, message } = await profile(columns);
  expect({ exitCode, message }).toEqual({ exitCode: 0, message: { artifacts: [], results: [] } });
  return Profile.parse(JSON.parse(await output()));
}

async function writeParquet(path: string, select: string): Promise<void> {
  const file = await write(path, '');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

describe('a profile', () => {
  test('describes numbers, booleans and texts, in the order of the columns', async () => {
    expect(await profileOf({ rows: 'amount,night,shop\n5,False,a\n1,TRUE,b\n3,,b\n1,true,\n' })).toEqual({
      schemaVersion: 1, rows: 4,
      features: [
        {
          type: 'Numeric', name: 'amount', edges: [1, 3, 5], atoms: [1, 3, 5], count: 4, missing: 0, counts: [0, 2, 0, 1, 0, 1, 0], null: [],
          moments: { min: 1, max: 5, mean: 2.5, m2: 11 },
        },
        { type: 'Categorical', name: 'night', categories: ['true', 'false'], count: 3, missing: 1, counts: [2, 1, 0], null: [] },
        { type: 'Categorical', name: 'shop', categories: ['b', 'a'], count: 3, missing: 1, counts: [2, 1, 0], null: [] },
      ],
    });
  });

  test.each<[string, string, object]>([
    ['a column without values has no cells but one', 'x,y\n,1\n,1\n', { type: 'Numeric', edges: [], atoms: [], count: 0, missing: 2, counts: [0] }],
    ['a constant is one atom', 'x\n7\n7\n', { edges: [7], atoms: [7], counts: [0, 2, 0] }],
    ['what is not finite is missing', 'x\n1\nnan\n-inf\nInfinity\n', { type: 'Numeric', count: 1, missing: 3 }],
    ['words for nothing are missing numbers', 'x\n1\nNA\nNone\nnull\n', { type: 'Numeric', count: 1, missing: 3 }],
    ['words for nothing are texts among texts', 'x\nDE\nNA\n', { type: 'Categorical', categories: ['DE', 'NA'], missing: 0 }],
    ['one text among numbers makes all of them texts', 'x\n1\ntwo\n', { type: 'Categorical', categories: ['1', 'two'] }],
    ['a number with an underscore is a text', 'x\n1_000\n', { type: 'Categorical', categories: ['1_000'] }],
    ['0 and 1 are numbers', 'x\n0\n1\n', { type: 'Numeric', atoms: [0, 1] }],
    ['a date in CSV is a text', 'x\n2026-03-01\n', { type: 'Categorical', categories: ['2026-03-01'] }],
    ['equally frequent texts are in their own order', 'x\nb\na\nB\n', { categories: ['B', 'a', 'b'] }],
    ['a text too long for a category is another value', `x\na\n${'é'.repeat(200)}\n`, { categories: ['a'], counts: [1, 1] }],
    ['a name may be anything', '"a ""b"", c"\n1\n', { name: 'a "b", c' }],
  ])('%s', async (_name, rows, feature) => {
    const { features } = await profileOf({ rows });
    expect(features[0]).toMatchObject(feature);
  });

  test('lists the most frequent categories and counts the others together', async () => {
    const values = Array.from({ length: 200 }, (_, n) => `v${String(n).padStart(3, '0')}`);
    const { features: [feature] } = await profileOf({ rows: ['x', ...values, 'v199'].join('\n') });
    const categories = ['v199', ...values.slice(0, 127)];
    expect(feature).toMatchObject({ categories, counts: [2, ...categories.slice(1).map(() => 1), 72], count: 201 });
  });

  test('takes the rows in the order of the names of the files, and leaves out what is no data', async () => {
    const files = { 'rows/2.csv': 'x\n2\n', 'rows/10.csv': 'x\n10\n', 'rows/_SUCCESS': '', 'rows/.old.csv': 'y\n1\n', 'rows/a/1.csv': 'x\n1\n' };
    const { rows, features: [feature] } = await profileOf(files);
    expect([rows, feature]).toMatchObject([3, { name: 'x', edges: [1, 2, 10] }]);
  });

  test('knows how much chunks of the data differ, from the order of its rows', async () => {
    const values = Array.from({ length: 8_000 }, (_, n) => n % 100);
    const mixed = await profileOf({ rows: ['x', ...values].join('\n') });
    const sorted = await profileOf({ rows: ['x', ...values.toSorted((a, b) => a - b)].join('\n') });
    const means = (of: Profile) => of.features[0]?.null.map(({ rows, chunks, mean }) => ({ rows, chunks, far: mean > 0.3 }));
    expect(means(mixed)).toEqual([{ rows: 200, chunks: 40, far: false }, { rows: 400, chunks: 20, far: false }, { rows: 800, chunks: 10, far: false }]);
    expect(means(sorted)).toEqual([{ rows: 200, chunks: 40, far: true }, { rows: 400, chunks: 20, far: true }, { rows: 800, chunks: 10, far: true }]);
    expect(sorted.features[0]).toMatchObject({ counts: mixed.features[0]?.counts ?? [] });
  });

  test('has the same bytes every time, also after an attempt that was cut off', async () => {
    await profileOf({ rows: 'x,y\n0.1,a\n0.2,b\n-0.0,a\n' });
    const first = await output();
    await writeFile(volumes.path('work', 'tmp', 'profile.duckdb'), 'half');
    await profile();
    expect(await output()).toBe(first);
  });

  test('leaves label and prediction out of the features, and compares them', async () => {
    const rows = ['x,truth,said', '1,1,1', '1,1.0,0', '1,0,1', '1,0,0', '1,2,3', '1,,1'].join('\n');
    expect(await profileOf({ rows }, { label: 'truth', prediction: 'said' })).toMatchObject({
      features: [{ name: 'x' }], outcomes: { truePositive: 1, falsePositive: 1, falseNegative: 1, trueNegative: 1, wrong: 1 },
    });
  });

  test('knows no outcomes with only one of them', async () => {
    const { features, outcomes } = await profileOf({ rows: 'x,truth\n1,1\n' }, { label: 'truth' });
    expect([features.map(({ name }) => name), outcomes]).toEqual([['x'], undefined]);
  });

  test('takes booleans and texts for classes', async () => {
    const rows = 'x,truth,said\n1,True,1\n1,false,0\n';
    expect((await profileOf({ rows }, { label: 'truth', prediction: 'said' })).outcomes).toMatchObject({ truePositive: 1, trueNegative: 1 });
  });

  test('of a Parquet file is that of the same rows as CSV', async () => {
    const csv = await profileOf({ rows: 'a,b,c,d\n1,0.5,true,x\n2,,false,\n' });
    await writeParquet('rows', "SELECT * FROM (VALUES (1::INTEGER, 0.5::DECIMAL(4, 2), true, 'x'::ENUM('x')), (2, NULL, false, NULL)) AS t(a, b, c, d)");
    expect((await profile()).exitCode).toBe(0);
    expect(Profile.parse(JSON.parse(await output()))).toEqual(csv);
  });
});

describe('data that cannot be described is the fault of who made it', () => {
  const first = { 'rows/a.csv': 'x,y\n1,2\n' };
  test.each<[string, Record<string, string>, string]>([
    ['a folder without files', { 'rows/.keep': '' }, 'the folder has no files'],
    ['no rows', { rows: 'x\n' }, 'there are no rows'],
    ['no header', { rows: '' }, 'the file has no readable header: its first line must name the columns'],
    ['a column without a name', { rows: 'x,\n1,2\n' }, 'the file has a column without a name'],
    ['two columns of one name', { rows: 'x,x\n1,2\n' }, 'the file has two columns "x"'],
    ['a row that is too short', { ...first, 'rows/b.csv': 'x,y\n1,2\n3\n' }, '"b.csv", line 3 cannot be read as CSV: it has 1 columns, and the header 2'],
    ['text that is no UTF-8', { rows: 'x\n\xff\n' }, 'the file, line 2 cannot be read as CSV'],
    ['a quotation that does not end', { rows: 'x\n"1\n' }, 'the file, line 2 cannot be read as CSV'],
    ['another file with another column', { ...first, 'rows/b.csv': 'x,z\n1,2\n' }, '"b.csv": column 2 is "z" and in the first file "y": all files must have the same columns in the same order'],
    ['another file with more columns', { ...first, 'rows/b.csv': 'x,y,z\n1,2,3\n' }, '"b.csv" has 3 columns and the first file 2: all files must have the same columns in the same order'],
    ['a Parquet file that is none', { rows: 'PAR1 and nothing more' }, 'the file cannot be read as Parquet'],
    ['a compressed file', { rows: '\x1f\x8b\x08 and more' }, 'the file is compressed: give it as plain CSV or as Parquet'],
    ['files of both kinds', { ...first, 'rows/b': 'PAR1' }, 'the folder holds CSV and Parquet files: give only one kind'],
    ['a name that is a pattern', { 'rows/[a].csv': 'x\n1\n' }, '"[a].csv" has *, ?, [ or ] in its name: rename it'],
  ])('%s', async (_name, files, sentence) => {
    for (const [path, content] of Object.entries(files)) await write(path, Buffer.from(content, 'latin1'));
    const { exitCode, message } = await profile();
    expect({ exitCode, error: message?.error }).toEqual({ exitCode: exitCodes.InputInvalid, error: `input rows: ${sentence}` });
    expect(await namesIn(volumes.path('work', 'outputs'))).toEqual([]);
  });

  test.each<[string, { label?: string; prediction?: string }, string]>([
    ['a column that is not there', { label: 'truth' }, 'there is no column "truth", which label names'],
    ['a score instead of a class', { label: 'x', prediction: 'score' }, 'column "score" holds numbers that are no classes: a class is a whole number, a boolean or a text'],
    ['nothing but label and prediction', { label: 'x', prediction: 'y' }, 'there is no column left that is a feature'],
  ])('%s', async (_name, columns, sentence) => {
    await write('rows', columns.prediction === 'y' ? 'x,y\n1,1\n' : 'a,x,score\n1,1,0.3\n');
    const { exitCode, message } = await profile(columns);
    expect({ exitCode, error: message?.error }).toEqual({ exitCode: exitCodes.InputInvalid, error: `input rows: ${sentence}` });
  });

  test('a column of Parquet that is no number, boolean or text', async () => {
    await writeParquet('rows', "SELECT 1 AS x, TIMESTAMP '2026-03-01' AS at");
    const { exitCode, message } = await profile();
    expect({ exitCode, error: message?.error }).toEqual({
      exitCode: exitCodes.InputInvalid,
      error: 'input rows: the file: column "at" has the type TIMESTAMP; a feature is a number, a boolean or a text: leave the column out or convert it',
    });
  });

  test('what a file says is never repeated', async () => {
    await write('rows', 'x,y\nsecret\n');
    expect(JSON.stringify(await profile())).not.toContain('secret');
  });
});

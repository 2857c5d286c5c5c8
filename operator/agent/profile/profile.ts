import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Message } from '../../dataplane/message.ts';
import type { ProfileTask } from '../../dataplane/task.ts';
import { maxFeatures, Profile, type Feature } from '../../profile/format.ts';
import { about, AgentError, quoted } from '../failure.ts';
import { entryOf } from '../location.ts';
import { openDatabase, type Database } from './database.ts';
import { featureOf } from './features.ts';
import { loadTable, type Table } from './load.ts';
import { outcomesOf } from './outcomes.ts';

type Task = z.infer<typeof ProfileTask>;

/** Writes the profile of an input to `outputs/profile`. Equal files give equal bytes. */
export async function writeProfile(task: Task, log: (line: string) => void): Promise<Message> {
  const input = entryOf(join(task.work, 'inputs'), task.input);
  const folder = (await stat(input)).isDirectory() ? input : join(task.work, 'inputs');
  for (const name of ['outputs', 'tmp']) await mkdir(join(task.work, name), { recursive: true });
  const database = await openDatabase(task.work, folder);
  try {
    const profile = await about(`input ${task.input}`, loadTable(database, input).then((table) => describe(database, table, task)));
    await writeFile(join(task.work, 'outputs', 'profile'), JSON.stringify(Profile.parse(profile)));
    log(`${profile.rows} rows, ${profile.features.length} features`);
    return { artifacts: [], results: [] };
  } finally {
    database.close();
  }
}

async function describe(database: Database, table: Table, { label, prediction }: Task): Promise<Profile> {
  const positions = { label: positionOf(table, label, 'label'), prediction: positionOf(table, prediction, 'prediction') };
  const ours = table.columns.map((_, position) => position).filter((position) => position !== positions.label && position !== positions.prediction);
  if (ours.length === 0) throw new AgentError('InputInvalid', 'there is no column left that is a feature');
  if (ours.length > maxFeatures) throw new AgentError('InputInvalid', `there are ${ours.length} features; a profile describes at most ${maxFeatures}`);
  const features: Feature[] = [];
  for (const position of ours) features.push(await featureOf(database, table, position));
  const both = positions.label !== undefined && positions.prediction !== undefined ? { label: positions.label, prediction: positions.prediction } : undefined;
  return { schemaVersion: 1, rows: table.rows, features, ...(both ? { outcomes: await outcomesOf(database, table, both) } : {}) };
}

function positionOf({ columns }: Table, name: string | undefined, role: string): number | undefined {
  if (name === undefined) return undefined;
  const position = columns.findIndex((column) => column.name === name);
  if (position < 0) throw new AgentError('InputInvalid', `there is no column ${quoted(name)}, which ${role} names`);
  return position;
}

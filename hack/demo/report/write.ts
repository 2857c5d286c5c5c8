import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { repository } from '../../images/paths.ts';
import type { DemoRecord, LoopRecord } from '../record.ts';
import { reportPage } from './page.ts';

/** Writes the page beside the file with the record, or into the cache. Returns where it is. */
export async function writeReport(record: DemoRecord, loop: LoopRecord, json: string | undefined): Promise<string> {
  const file = json === undefined ? join(repository, '.cache', 'demo', 'report.html') : resolve(json.replace(/\.json$/, '') + '.html');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, reportPage(record, loop));
  return file;
}

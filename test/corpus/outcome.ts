import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../integration/operator/stage.ts';
import { answerOf, described, type Ask } from './answers.ts';
import { conditionOf } from './conditions.ts';
import type { Expectation, Item } from './items.ts';

const root = join(import.meta.dirname, '../..');

/** What comes of an item, in the words of what is expected of it. */
export async function outcomeOf(item: Item, stage: Stage, ask: Ask): Promise<Expectation> {
  if ('condition' in item.expect) return conditionOf(item, stage, ask);
  if ('shownBy' in item.expect) return { shownBy: found(item.expect.shownBy) };
  return described(await answerOf(item, await stage.client.freshNamespace(), ask), item.expect);
}

/** That test, if it is there. */
function found({ file, row }: { readonly file: string; readonly row: string }): { readonly file: string; readonly row: string } {
  const path = join(root, file);
  return existsSync(path) && readFileSync(path, 'utf8').includes(row) ? { file, row } : { file, row: 'no such row' };
}

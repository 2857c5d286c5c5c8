import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const Manifest = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
export type Manifest = z.infer<typeof Manifest>;

const Refusal = z.strictObject({ code: z.int(), reason: z.string(), message: z.string() });
export type Refusal = z.infer<typeof Refusal>;

/** What must come of an item. */
const Expectation = z.union([
  z.strictObject({ refused: Refusal }),
  /** The values at these paths of the stored object. */
  z.strictObject({ stored: z.record(z.string(), z.unknown()) }),
]);
export type Expectation = z.infer<typeof Expectation>;

const Header = z.strictObject({
  /** Number in the list of known bad inputs; several items may be ways of one. */
  item: z.int().optional(),
  /** The feature that will give the item another answer than it gets today. */
  waitsFor: z.string().optional(),
  expect: Expectation,
});

export interface Item extends z.infer<typeof Header> {
  readonly name: string;
  /** All but the last must be accepted; one of the same name replaces what came before it. */
  readonly documents: readonly Manifest[];
}

const folder = join(import.meta.dirname, 'items');

/** Every item of the corpus, ordered by number. */
export function items(): Item[] {
  const all = readdirSync(folder).map((file) => itemOf(basename(file, '.yaml'), readFileSync(join(folder, file), 'utf8')));
  return all.sort((one, other) => (one.item ?? Infinity) - (other.item ?? Infinity) || (one.name < other.name ? -1 : 1));
}

export function itemOf(name: string, text: string): Item {
  const [header, ...documents] = parseAllDocuments(text).map((document) => document.toJSON() as unknown);
  const read = Header.safeParse(header);
  if (!read.success) throw new Error(`${name}.yaml: its first document must say what is expected: ${z.prettifyError(read.error)}`);
  if (documents.length === 0) throw new Error(`${name}.yaml: has no manifest after its first document`);
  return { name, ...read.data, documents: documents.map((document) => Manifest.parse(document)) };
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, parseAllDocuments, type Document } from 'yaml';
import { z } from 'zod';

export const Manifest = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) });
export type Manifest = z.infer<typeof Manifest>;

/** What must come of an item. */
const Expectation = z.union([
  /** The API server's refusal of the last document, word for word. */
  z.strictObject({ refused: z.strictObject({ code: z.int(), reason: z.string(), message: z.string() }) }),
  /** It is stored; the values at these paths of the stored object, null where there is none. */
  z.strictObject({ stored: z.record(z.string(), z.unknown()) }),
  /** It is stored, and the operator says this of the last document. */
  z.strictObject({ condition: z.strictObject({ type: z.string(), status: z.enum(['True', 'False', 'Unknown']), reason: z.string(), message: z.string() }) }),
  /** Another test has what it takes to show it: a file, and words of the row in it. */
  z.strictObject({ shownBy: z.strictObject({ file: z.string(), row: z.string() }) }),
]);
export type Expectation = z.infer<typeof Expectation>;

const Header = z.strictObject({
  /** Number in the list of known bad inputs; several items may be ways of one. */
  item: z.int().optional(),
  /** Why the answer is right, where that is not plain. */
  note: z.string().optional(),
  /** The feature that will give the item another answer than it gets today. */
  waitsFor: z.string().optional(),
  expect: Expectation,
  /** Words in the documents, and in the message, that stand for a text so many times. */
  fill: z.record(z.string(), z.strictObject({ text: z.string(), times: z.int() })).default({}),
  /** What follows is not YAML: the text is sent as it is to the objects of this plural. */
  raw: z.string().optional(),
  /** Fields that nobody knows are dropped, as old clients ask for. */
  lenient: z.boolean().default(false),
});

export interface Item extends z.infer<typeof Header> {
  readonly name: string;
  /** All but the last must be accepted; one of the same name replaces what came before it. */
  readonly documents: readonly Manifest[];
  /** The body of a raw item. */
  readonly text: string;
}

const folder = join(import.meta.dirname, 'items');
const separator = '\n---\n';

/** Every item of the corpus, ordered by number. */
export function items(): Item[] {
  const all = readdirSync(folder).map((file) => itemOf(basename(file, '.yaml'), readFileSync(join(folder, file), 'utf8')));
  return all.sort((one, other) => (one.item ?? Infinity) - (other.item ?? Infinity) || (one.name < other.name ? -1 : 1));
}

export function itemOf(name: string, file: string): Item {
  const [first = '', ...rest] = file.split(separator);
  const read = Header.safeParse(parse(first));
  if (!read.success) throw new Error(`${name}.yaml: its first document must say what is expected: ${z.prettifyError(read.error)}`);
  const header = read.data;
  const filled = (text: string): string => Object.entries(header.fill).reduce((sofar, [word, { text: part, times }]) => sofar.replaceAll(word, part.repeat(times)), text);
  const text = filled(rest.join(separator));
  const documents = header.raw === undefined ? parseAllDocuments(text).map((document) => manifestOf(name, document)) : [];
  if (documents.length === 0 && header.raw === undefined && !('shownBy' in header.expect)) throw new Error(`${name}.yaml: has no manifest after its first document`);
  const expect = 'refused' in header.expect ? { refused: { ...header.expect.refused, message: filled(header.expect.refused.message) } } : header.expect;
  return { name, ...header, expect, documents, text: text.trim() };
}

function manifestOf(name: string, document: Pick<Document, 'errors' | 'toJSON'>): Manifest {
  if (document.errors.length > 0) throw new Error(`${name}.yaml: ${document.errors.map(({ message }) => message).join('; ')}`);
  return Manifest.parse(document.toJSON());
}

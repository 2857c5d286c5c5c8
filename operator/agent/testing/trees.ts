import fc from 'fast-check';
import type { Tree } from './volumes.ts';

type Node = Buffer | readonly (readonly [name: string, node: Node])[];

const fileName = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..');
const content = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

const { folder } = fc.letrec<{ folder: Node; node: Node }>((tie) => ({
  folder: fc.uniqueArray(fc.tuple(fileName, tie('node')), { maxLength: 4, selector: ([name]) => name }),
  node: fc.oneof({ maxDepth: 3 }, { weight: 3, arbitrary: content }, { weight: 1, arbitrary: tie('folder') }),
}));

/** Any files in any folders, under any name that a file may have: line breaks, control characters, any script. */
export const anyTree: fc.Arbitrary<Tree> = folder.map((node) => new Map(flatten(node, '')));

function flatten(node: Node, path: string): [string, Buffer][] {
  if (Buffer.isBuffer(node)) return [[path, node]];
  return node.flatMap(([name, child]) => flatten(child, path === '' ? name : `${path}/${name}`));
}

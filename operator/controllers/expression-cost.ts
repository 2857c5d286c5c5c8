import type { ASTNode } from '@marcbachmann/cel-js';

/**
 * At most how large a value is: characters of a text, items of a list, entries of a map; 1 for everything else. `key`
 * and `item` bound every key and every item.
 */
export interface Size {
  readonly length: number;
  readonly key?: Size;
  readonly item?: Size;
}

/** The sizes of the variables that an expression can name. */
export type Scope = ReadonlyMap<string, Size>;

export interface Cost {
  /** Steps that the evaluation takes at most: nodes that are visited, characters and items that are compared or copied. */
  readonly steps: number;
  readonly size: Size;
}

export const scalar: Size = { length: 1 };
const nothing: Size = { length: 0 };

/**
 * What an expression may call. No other function is let in: `split` and `join` multiply texts, `matches` backtracks,
 * and of what a conversion from bytes gives no size is known.
 */
const functions: ReadonlySet<string> = new Set([
  'has', 'size', 'dyn', 'bool', 'int', 'uint', 'double', 'contains', 'startsWith', 'endsWith',
  'all', 'exists', 'exists_one', 'filter', 'map', 'bind',
]);

/** The first thing that an expression calls and must not, as `split()`, or that it names and the library has by itself. */
export function forbidden(ast: ASTNode): string | undefined {
  const call = callsIn(ast).find((name) => !functions.has(name));
  return call === undefined ? namesIn(ast).find((name) => name === 'google') : `${call}()`;
}

/**
 * At most what it takes to evaluate an expression, as Kubernetes estimates the cost of its own: sizes are followed
 * through the tree, and what stands within a macro counts once for each item. Nothing in it may be forbidden.
 */
export function costOf(node: ASTNode, scope: Scope): Cost {
  switch (node.op) {
    case 'value': return { steps: 1, size: { length: typeof node.args === 'string' || node.args instanceof Uint8Array ? node.args.length : 1 } };
    case 'id': return { steps: 1, size: scope.get(node.args) ?? scalar };
    case '.': case '.?': return item([costOf(node.args[0], scope)]);
    case '[]': case '[?]': return item(node.args.map((part) => costOf(part, scope)));
    case 'list': return list(node.args.map((part) => costOf(part, scope)));
    case 'map': return literal(node.args.map((entry) => entry.map((part) => costOf(part, scope))));
    case 'call': return call(node.args[0], node.args[1].map((part) => costOf(part, scope)));
    case 'rcall': return method(node.args, scope);
    case '?:': return choice(node.args.map((part) => costOf(part, scope)));
    case '!_': case '-_': return { steps: 1 + costOf(node.args, scope).steps, size: scalar };
    case '+': return sum(node.args.map((part) => costOf(part, scope)));
    default: return compared(node.args.map((part) => costOf(part, scope)));
  }
}

function item(parts: readonly Cost[]): Cost {
  return { steps: 1 + total(parts), size: parts[0]?.size.item ?? scalar };
}

function list(parts: readonly Cost[]): Cost {
  return { steps: 1 + total(parts), size: { length: parts.length, item: largest(parts.map(({ size }) => size)) } };
}

function literal(entries: readonly (readonly Cost[])[]): Cost {
  const at = (index: 0 | 1): Size => largest(entries.map((entry) => entry[index]?.size ?? nothing));
  return { steps: 1 + total(entries.flat()), size: { length: entries.length, key: at(0), item: at(1) } };
}

/** A call reads all of its arguments, at most each of one with each of another, and gives a value of its own. */
function call(name: string, parts: readonly Cost[]): Cost {
  const read = parts.reduce((product, { size }) => product * Math.max(1, volume(size)), 1);
  return { steps: 1 + total(parts) + (name === 'has' || name === 'dyn' ? 0 : read), size: name === 'dyn' ? parts[0]?.size ?? scalar : scalar };
}

function method([name, receiver, parts]: Extract<ASTNode, { op: 'rcall' }>['args'], scope: Scope): Cost {
  const [variable, ...bodies] = parts;
  if (variable?.op !== 'id' || bodies.length === 0) return call(name, [receiver, ...parts].map((part) => costOf(part, scope)));
  if (name === 'bind') return bound(variable.args, bodies, scope);
  const range = costOf(receiver, scope);
  const each = largest([range.size.key ?? scalar, range.size.item ?? scalar]);
  const inner = bodies.map((body) => costOf(body, new Map([...scope, [variable.args, each]])));
  return { steps: 1 + range.steps + range.size.length * (1 + total(inner)), size: collected(name, range.size.length, { each, last: inner.at(-1)?.size ?? nothing }) };
}

function collected(macro: string, length: number, { each, last }: { readonly each: Size; readonly last: Size }): Size {
  return macro === 'map' ? { length, item: last } : macro === 'filter' ? { length, item: each } : scalar;
}

function bound(variable: string, [value, body]: readonly ASTNode[], scope: Scope): Cost {
  const given = value ? costOf(value, scope) : { steps: 0, size: nothing };
  const inner = body ? costOf(body, new Map([...scope, [variable, given.size]])) : given;
  return { steps: 1 + given.steps + inner.steps, size: inner.size };
}

function choice(parts: readonly Cost[]): Cost {
  return { steps: 1 + total(parts), size: largest(parts.slice(1).map(({ size }) => size)) };
}

/** Texts and lists are copied one behind the other. */
function sum(parts: readonly Cost[]): Cost {
  const sizes = parts.map(({ size }) => size);
  const length = sizes.reduce((all, size) => all + size.length, 0);
  return { steps: 1 + length + total(parts), size: { ...largest(sizes), length } };
}

/** Every other operator gives a number or a truth value, and looks at all of both sides: of lists, at one for each item of the other. */
function compared(parts: readonly Cost[]): Cost {
  const volumes = parts.reduce((all, { size }) => all + volume(size), 0);
  const times = Math.max(1, ...parts.map(({ size }) => (size.item ? size.length : 1)));
  return { steps: 1 + total(parts) + times * volumes, size: scalar };
}

function total(parts: readonly Cost[]): number {
  return parts.reduce((steps, part) => steps + part.steps, 0);
}

/** A size that bounds all of these. */
function largest(sizes: readonly Size[]): Size {
  const length = Math.max(0, ...sizes.map((size) => size.length));
  const keys = sizes.flatMap(({ key }) => key ?? []);
  const items = sizes.flatMap(({ item: one }) => one ?? []);
  return { length, ...(keys.length > 0 ? { key: largest(keys) } : {}), ...(items.length > 0 ? { item: largest(items) } : {}) };
}

/** Everything in a value, down to its characters. */
function volume({ length, key, item: one }: Size): number {
  return length * (1 + (key ? volume(key) : 0) + (one ? volume(one) : 0));
}

function callsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(callsIn);
  if (!isNode(node)) return [];
  return [...(node.op === 'call' || node.op === 'rcall' ? [node.args[0]] : []), ...callsIn(node.args)];
}

/** The variables that an expression names. */
export function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (!isNode(node)) return [];
  return node.op === 'id' ? [node.args] : namesIn(node.args);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

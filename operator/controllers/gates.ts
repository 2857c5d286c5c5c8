import { Environment, type ASTNode } from '@marcbachmann/cel-js';

export interface Gate {
  readonly name: string;
  readonly expression: string;
}

/** What gates speak of: the metrics of a version, and those of the champion it was compared with, if it was. */
export interface Measured {
  readonly metrics: Readonly<Record<string, number>>;
  readonly champion: { readonly metrics?: Readonly<Record<string, number>> };
}

export interface GateOutcome {
  readonly outcome: 'Passed' | 'Failed' | 'Invalid';
  readonly message: string;
}

const environment = new Environment({
  limits: { maxAstNodes: 200, maxDepth: 32, maxListElements: 32, maxMapEntries: 32, maxCallArguments: 8 },
}).registerVariable('metrics', 'map<string, double>').registerVariable('champion', 'map<string, map<string, double>>');

/** Macros that run or copy a part of the expression; each one within another multiplies the work. */
const multiplying: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map', 'bind']);
const maxMultiplying = 2;

/** Why an expression cannot be a gate, or undefined when it can. */
export function gateProblem({ name, expression }: Gate): string | undefined {
  try {
    const parsed = environment.parse(expression);
    const { valid, type, error } = parsed.check();
    if (!valid) return `gate ${name}: ${firstLine(error)}`;
    const costly = costProblem(parsed.ast);
    if (costly !== undefined) return `gate ${name}: the expression is too costly: ${costly}`;
    return type === 'bool' || type === 'dyn' ? undefined : `gate ${name}: the expression must be true or false, not of type ${type}`;
  } catch (error) {
    return `gate ${name}: ${firstLine(error)}`;
  }
}

/** Whether the gate compares with the champion. */
export function namesChampion(gate: Gate): boolean {
  return gateProblem(gate) === undefined && namesIn(environment.parse(gate.expression).ast).includes('champion');
}

/** Judges one gate. One that cannot be evaluated has not been passed. */
export function judgeGate(gate: Gate, measured: Measured): GateOutcome {
  const problem = gateProblem(gate);
  if (problem !== undefined) return { outcome: 'Invalid', message: problem };
  try {
    const result: unknown = environment.evaluate(gate.expression, { ...measured });
    if (result === true) return { outcome: 'Passed', message: `gate ${gate.name} passed` };
    const values = valuesNamed(gate, measured);
    return { outcome: 'Failed', message: `gate ${gate.name}: ${gate.expression} is false${values.length > 0 ? ` (${values.join(', ')})` : ''}`.slice(0, 256) };
  } catch (error) {
    return { outcome: 'Invalid', message: `gate ${gate.name}: ${firstLine(error)}` };
  }
}

/** The values of the metrics that the expression names. */
function valuesNamed(gate: Gate, { metrics, champion }: Measured): string[] {
  const named = new Set(gate.expression.match(/\w+/g));
  const list = (of: Readonly<Record<string, number>>, prefix: string): string[] =>
    Object.entries(of).filter(([name]) => named.has(name)).map(([name, value]) => `${prefix}${name} ${value}`);
  return [...list(metrics, ''), ...(named.has('champion') ? list(champion.metrics ?? {}, "champion's ") : [])];
}

/** What of an expression could keep the operator busy, whatever its length: macros within macros, and patterns that backtrack. */
function costProblem(ast: ASTNode): string | undefined {
  if (callsIn(ast).includes('matches')) return 'matches() is not supported';
  return macroDepth(ast) > maxMultiplying ? `at most ${maxMultiplying} of all, exists, filter and map may depend on one another` : undefined;
}

function callsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(callsIn);
  return isNode(node) ? [calledBy(node), ...callsIn(node.args)] : [];
}

function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (!isNode(node)) return [];
  return node.op === 'id' ? [node.args] : namesIn(node.args);
}

function macroDepth(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map(macroDepth));
  return isNode(node) ? macroDepth(node.args) + (multiplying.has(calledBy(node)) ? 1 : 0) : 0;
}

function calledBy(node: ASTNode): string {
  return node.op === 'call' || node.op === 'rcall' ? node.args[0] : '';
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The library adds a drawing of the expression below the first line. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

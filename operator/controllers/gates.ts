import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { costOf, forbidden, namesIn, scalar, type Scope, type Size } from './expression-cost.ts';

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

/** As many metrics as a version can have, with names as long as they can be. */
const metricsSize: Size = { length: 16, key: { length: 20 }, item: scalar };
const scope: Scope = new Map([['metrics', metricsSize], ['champion', { length: 1, key: { length: 7 }, item: metricsSize }]]);
/** Some milliseconds: the operator does nothing else meanwhile. */
const maxSteps = 20_000;

/** Why an expression cannot be a gate, or undefined when it can. */
export function gateProblem({ name, expression }: Gate): string | undefined {
  try {
    const parsed = environment.parse(expression);
    const { valid, type, error } = parsed.check();
    if (!valid) return `gate ${name}: ${firstLine(error)}`;
    const costly = costProblem(parsed.ast);
    if (costly !== undefined) return `gate ${name}: ${costly}`;
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
    // Maps, because a metric may be called `constructor`, which the library would take for the type of an object.
    const result: unknown = environment.evaluate(gate.expression, {
      metrics: asMap(measured.metrics), champion: new Map(Object.entries(measured.champion).map(([name, metrics]) => [name, asMap(metrics)])),
    });
    if (result === true) return { outcome: 'Passed', message: `gate ${gate.name} passed` };
    const values = valuesNamed(gate, measured);
    return { outcome: 'Failed', message: `gate ${gate.name}: ${gate.expression} is false${values.length > 0 ? ` (${values.join(', ')})` : ''}`.slice(0, 256) };
  } catch (error) {
    return { outcome: 'Invalid', message: `gate ${gate.name}: ${firstLine(error)}` };
  }
}

function asMap(metrics: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(metrics));
}

/** The values of the metrics that the expression names. */
function valuesNamed(gate: Gate, { metrics, champion }: Measured): string[] {
  const named = new Set(gate.expression.match(/\w+/g));
  const list = (of: Readonly<Record<string, number>>, prefix: string): string[] =>
    Object.entries(of).filter(([name]) => named.has(name)).map(([name, value]) => `${prefix}${name} ${value}`);
  return [...list(metrics, ''), ...(named.has('champion') ? list(champion.metrics ?? {}, "champion's ") : [])];
}

/** What of an expression could keep the operator busy, or fill its memory, whatever its length. */
function costProblem(ast: ASTNode): string | undefined {
  const foreign = forbidden(ast);
  if (foreign !== undefined) return `${foreign} is not supported in gates`;
  return costOf(ast, scope).steps > maxSteps
    ? `it could take more than ${maxSteps} steps: nest fewer of all, exists, exists_one, filter and map, and shorten lists and texts` : undefined;
}

/** The library adds a drawing of the expression below the first line. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

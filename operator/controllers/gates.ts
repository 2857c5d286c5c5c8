import { Environment } from '@marcbachmann/cel-js';

export interface Gate {
  readonly name: string;
  readonly expression: string;
}

export interface GateOutcome {
  readonly outcome: 'Passed' | 'Failed' | 'Invalid';
  readonly message: string;
}

const environment = new Environment({
  limits: { maxAstNodes: 200, maxDepth: 32, maxListElements: 32, maxMapEntries: 32, maxCallArguments: 8 },
}).registerVariable('metrics', 'map<string, double>');

/** Why an expression cannot be a gate, or undefined when it can. */
export function gateProblem({ name, expression }: Gate): string | undefined {
  try {
    const { valid, type, error } = environment.parse(expression).check();
    if (!valid) return `gate ${name}: ${firstLine(error)}`;
    return type === 'bool' || type === 'dyn' ? undefined : `gate ${name}: the expression must be true or false, not of type ${type}`;
  } catch (error) {
    return `gate ${name}: ${firstLine(error)}`;
  }
}

/** Judges one gate over the metrics of a version. A gate that cannot be evaluated has not been passed. */
export function judgeGate(gate: Gate, metrics: Readonly<Record<string, number>>): GateOutcome {
  const problem = gateProblem(gate);
  if (problem !== undefined) return { outcome: 'Invalid', message: problem };
  try {
    const result: unknown = environment.evaluate(gate.expression, { metrics });
    if (result === true) return { outcome: 'Passed', message: `gate ${gate.name} passed` };
    const values = Object.entries(metrics).filter(([name]) => gate.expression.includes(name)).map(([name, value]) => `${name} ${value}`);
    return { outcome: 'Failed', message: `gate ${gate.name}: ${gate.expression} is false${values.length > 0 ? ` (${values.join(', ')})` : ''}`.slice(0, 256) };
  } catch (error) {
    return { outcome: 'Invalid', message: `gate ${gate.name}: ${firstLine(error)}` };
  }
}

/** The library adds a drawing of the expression below the first line. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

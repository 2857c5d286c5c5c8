import { fileURLToPath } from 'node:url';
import { run } from '../../images/run.ts';
import { simulate, type Found, type Kind, type Plan, type Scenario } from './scenarios.ts';

interface Request {
  readonly kind: Kind;
  readonly scenarios: readonly Scenario[];
  readonly plan: Omit<Plan, 'look'>;
}

/** Simulates in a process of its own: on another core, and outside of Jest's sandbox, where it takes five times as long. */
export async function simulateApart(kind: Kind, scenarios: readonly Scenario[], plan: Omit<Plan, 'look'>): Promise<Found[]> {
  const request: Request = { kind, scenarios, plan };
  return JSON.parse(await run([process.execPath, '--disable-warning=ExperimentalWarning', fileURLToPath(import.meta.url), JSON.stringify(request)])) as Found[];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { kind, scenarios, plan } = JSON.parse(process.argv[2] ?? '') as Request;
  console.log(JSON.stringify(simulate(kind, scenarios, plan)));
}

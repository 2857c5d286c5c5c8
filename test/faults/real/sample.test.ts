import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Pool } from '../pool.ts';
import { sentence } from '../report.ts';
import type { Mode, Plan } from '../world.ts';

interface Case {
  readonly scenario: string;
  readonly mode: Mode;
  readonly signature: string;
}

/** `npm run test:faults -- --level true` plays all scenarios. */
const cases: readonly Case[] = [
  { scenario: 'run happy', mode: 'killAfter', signature: 'PATCH batch/jobs fraud-*-train-* #1' },
  { scenario: 'run happy', mode: 'cut', signature: 'PATCH modelkeeper.dev/modelversions fraud-1 #1' },
  { scenario: 'step fails and retries', mode: 'loseReply', signature: 'PATCH batch/jobs fraud-*-train-* #2' },
  { scenario: 'Pipeline deleted', mode: 'pause', signature: 'PATCH modelkeeper.dev/pipelineruns fraud-*/status #3' },
];
const seed = 587;
const worker = join(import.meta.dirname, '..', 'worker.ts');

/** What is wrong with it. The real run has to come to the end that the simulated one comes to without a fault. */
async function played({ scenario, mode, signature }: Case, { simulated, real }: { readonly simulated: Pool; readonly real: Pool }): Promise<string[]> {
  const { reference, violations: unprovoked } = await simulated.run({ kind: 'explore', scenario, level: 'fast', seed });
  const plan: Plan = { faults: [{ at: 1 + reference.performance.writes.findIndex((write) => write.signature === signature), mode, signature }] };
  const [violations = []] = await real.run({ kind: 'judge', scenario, level: 'true', reference, plans: [plan] });
  return [...unprovoked, ...violations].map((violation) => `${scenario}, ${mode}: ${sentence(violation)}`);
}

test('on a real API server, a process that is killed, stopped, cut off or left without an answer comes to the end of the simulated one', async () => {
  const [simulated, real] = [new Pool(1, worker), new Pool(1, worker, cases.length)];
  try {
    expect((await Promise.all(cases.map((one) => played(one, { simulated, real })))).flat()).toEqual([]);
  } finally {
    await Promise.all([simulated.close(), real.close()]);
  }
}, 600_000);

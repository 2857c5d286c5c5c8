import type { StepStatus } from '../../../operator/api/v1alpha1/pipelinerun.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import { condition, type PipelineRun } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { Changes } from '../changes.ts';
import { secondsBetween } from '../format.ts';
import type { Tell } from '../narrator.ts';
import { NotAsPromised } from '../promise.ts';

const deadlineMs = 900_000;

/** Follows a run to its end, tells each step when it begins and ends, and returns it. It must succeed. */
export async function followRun(kubectl: Kubectl, name: string, tell: Tell): Promise<PipelineRun> {
  const changes = new Changes();
  const run = await waitFor(`run ${name} to end`, async () => {
    const now = await kubectl.get<PipelineRun>('pipelineruns', name);
    if (!now) throw new NotAsPromised(`run ${name} has been deleted`);
    const { steps = [], finishedAt } = now.status ?? {};
    const width = Math.max(...steps.map((step) => step.name.length), 0);
    for (const [step, text] of changes.of(Object.fromEntries(steps.map((step) => [step.name, stepText(step)])))) {
      if (text !== '') tell('run', `  ${step.padEnd(width)}  ${text}`);
    }
    return finishedAt === undefined ? undefined : now;
  }, { deadlineMs });
  const end = condition(run, 'Succeeded');
  if (end?.status !== 'True') throw new NotAsPromised(`run ${name} did not succeed: ${end?.reason ?? ''}: ${end?.message ?? ''}`);
  tell('run', `${name}: ${run.status?.progress ?? ''} steps, ${end.message} (${secondsBetween(run.status?.startedAt ?? '', run.status?.finishedAt ?? '')} s)`);
  return run;
}

/** A step in a few words; empty while there is nothing to say of it. */
export function stepText({ state, attempt, startedAt, finishedAt, message, results, outputs }: StepStatus): string {
  const again = attempt > 1 ? ` (attempt ${attempt})` : '';
  if (state === 'Pending') return '';
  if (state === 'Running') return `running${again}`;
  const took = startedAt !== undefined && finishedAt !== undefined ? `${String(secondsBetween(startedAt, finishedAt)).padStart(4)} s` : '';
  const left = outputs.map((output) => output.name).concat(results.map((result) => result.name));
  const said = state === 'Succeeded' ? (left.length > 0 ? `left ${left.join(', ')}` : '') : (message ?? '');
  return [`${state.toLowerCase()}${again}`.padEnd(9), took, said].filter((part) => part !== '').join('  ');
}

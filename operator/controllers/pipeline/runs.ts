import type { PipelineRunStatus } from '../../api/v1alpha1/pipelinerun.ts';
import type { Meta } from '../../runtime/kind.ts';

export interface Run {
  readonly metadata: Meta;
  readonly status: PipelineRunStatus;
}

/** Whether a run goes on; one that is being deleted does not count. */
export function isUnfinished({ metadata, status }: Run): boolean {
  return status.finishedAt === undefined && metadata.deletionTimestamp === undefined;
}

type Result = 'Running' | 'Succeeded' | 'Failed' | 'Error' | 'Cancelled';

/** How a run ended, in one word, or Running. */
export function runResult(status: PipelineRunStatus): Result {
  if (status.finishedAt === undefined) return 'Running';
  const summary = status.conditions.find(({ type }) => type === 'Succeeded');
  if (summary?.status === 'True') return 'Succeeded';
  if (summary?.reason === 'Cancelled') return 'Cancelled';
  return status.steps.some(({ state }) => state === 'Error') ? 'Error' : 'Failed';
}

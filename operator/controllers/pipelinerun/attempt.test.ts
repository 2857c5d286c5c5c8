import { describe, expect, test } from '@jest/globals';
import { digest, frozen, make, message, now } from '../../../test/make.ts';
import { exitCodes } from '../../dataplane/task.ts';
import type { ContainerState, StoredPod } from '../resources/workloads.ts';
import { judgeAttempt, type Attempt, type AttemptSeen } from './attempt.ts';

const run = make.run();
const recorded = make.step('train', 'Running', { attempt: 1, job: { name: 'train-1', uid: 'uid-train-1' } });
const job = make.job('train-1', run.metadata);
const complete = make.job('train-1', run.metadata, { ended: 'Complete' });
const failed = make.job('train-1', run.metadata, { ended: 'Failed', reason: 'BackoffLimitExceeded' });
const recallJob = make.job('recall-1', run.metadata, { ended: 'Complete' });

const artifacts = [{ name: 'model', digest: digest('a'), bytes: 7 }];
const read = [{ name: 'rows', digest: digest('b'), bytes: 9 }];
const report = { artifacts, results: [{ name: 'recall', value: '0.8' }] };
const ended = (name: string, code: number, text = '', reason = code === 0 ? 'Completed' : 'Error'): ContainerState => ({ name, exit: { code, reason, message: text } });
const pod = (phase: string, ...containers: ContainerState[]): StoredPod => make.pod('train-1-x', job.metadata, { phase, containers });
const reporting = pod('Succeeded', ended('fetch', 0, message({ artifacts: read })), ended('step', 0), ended('publish', 0, message(report)));

const cases: Record<string, { step?: typeof recorded; seen: AttemptSeen; is: Attempt }> = {
  'goes on while its Job has not been made': {
    step: make.step('train', 'Running', { attempt: 1, job: { name: 'train-1' } }), seen: {}, is: { is: 'Going' },
  },
  'is an error when its Job was seen and is gone': {
    seen: {}, is: { is: 'Error', reason: 'JobDeleted', message: 'Job train-1 was deleted while it ran' },
  },
  'goes on while the Job does': { seen: { job, pod: pod('Pending', { name: 'step', running: true }) }, is: { is: 'Going' } },
  'goes on without a pod': { seen: { job }, is: { is: 'Going' } },
  'tells that an image cannot be pulled': {
    seen: { job, pod: pod('Pending', { name: 'step', waiting: 'ImagePullBackOff' }) },
    is: { is: 'Going', reason: 'ImagePullBackOff', message: 'container step cannot start: ImagePullBackOff' },
  },
  'does not tell a wait that ends by itself': { seen: { job, pod: pod('Pending', { name: 'step', waiting: 'PodInitializing' }) }, is: { is: 'Going' } },
  'tells that no node takes the pod': {
    seen: { job, pod: make.pod('p', job.metadata, { phase: 'Pending', unschedulable: '0/1 nodes: Insufficient memory' }) },
    is: { is: 'Going', reason: 'Unschedulable', message: 'no node takes the pod: 0/1 nodes: Insufficient memory' },
  },
  'succeeds with what was published, and what was fetched': { seen: { job: complete, pod: reporting }, is: { is: 'Succeeded', report, inputs: read } },
  'waits for the end of the pod after that of the Job': { seen: { job: complete, pod: pod('Running', ended('step', 0)) }, is: { is: 'Going' } },
  'is unreported when the Job is complete and the pod is lost': { seen: { job: complete }, is: { is: 'Unreported' } },
  'waits for the pod of a Job that has just completed': { seen: { job: make.job('train-1', run.metadata, { ended: 'Complete', endedAt: now - 89_000 }) }, is: { is: 'Going' } },
  'stays unreported once its record is to be read': {
    step: make.step('train', 'Running', { attempt: 1, job: { name: 'train-1', uid: 'uid-train-1', recall: 'recall-1' } }),
    seen: { job: make.job('train-1', run.metadata, { ended: 'Complete', endedAt: now - 1_000 }) }, is: { is: 'Unreported' },
  },
  'is unreported when the message was cut off': {
    seen: { job: complete, pod: pod('Succeeded', ended('publish', 0, message(report).slice(0, -1))) }, is: { is: 'Unreported' },
  },
  'is unreported when the pod is being deleted': {
    seen: { job: complete, pod: make.pod('p', job.metadata, { metadata: { deletionTimestamp: '2026-03-01T12:00:00Z' } }) }, is: { is: 'Unreported' },
  },
  'succeeds with what its record in the store says': {
    seen: { job: complete, recallJob, recallPod: pod('Succeeded', ended('recall', 0, message(report))) }, is: { is: 'Succeeded', report, inputs: [] },
  },
  'is an error when there is no record either': {
    seen: { job: complete, recallJob: make.job('recall-1', run.metadata, { ended: 'Failed' }), recallPod: pod('Failed', ended('recall', exitCodes.NotFound, message({ error: 'no record' }))) },
    is: { is: 'Error', reason: 'ReportLost', message: 'the step ended, but neither its pod nor its record in the store tells its outputs' },
  },
  'fails when the container of the step does': {
    seen: { job: failed, pod: pod('Failed', ended('fetch', 0), ended('step', 3)) },
    is: { is: 'Failed', reason: 'StepFailed', message: 'the step exited with code 3; its log tells why' },
  },
  'fails when memory is too small': {
    seen: { job: failed, pod: pod('Failed', ended('step', 137, '', 'OOMKilled')) },
    is: { is: 'Failed', reason: 'OutOfMemory', message: 'the step needed more memory than its limit: raise resources.limits.memory' },
  },
  'fails when it takes too long, whatever the pod says': {
    seen: { job: make.job('train-1', run.metadata, { ended: 'Failed', reason: 'DeadlineExceeded' }), pod: pod('Running') },
    is: { is: 'Failed', reason: 'TimedOut', message: 'the attempt took longer than the timeout of the step' },
  },
  'fails when an output is missing': {
    seen: { job: failed, pod: pod('Failed', ended('step', 0), ended('publish', exitCodes.OutputMissing, message({ error: 'output model was not written' }))) },
    is: { is: 'Failed', reason: 'OutputMissing', message: 'publish: output model was not written' },
  },
  'fails when a profile cannot be made of the data': {
    seen: { job: failed, pod: pod('Failed', ended('fetch', 0), ended('profile', exitCodes.InputInvalid, message({ error: 'input rows: there are no rows' }))) },
    is: { is: 'Failed', reason: 'InputInvalid', message: 'profile: input rows: there are no rows' },
  },
  'is an error when a profile takes too much memory': {
    seen: { job: failed, pod: pod('Failed', ended('fetch', 0), ended('profile', 137, '', 'OOMKilled')) },
    is: { is: 'Error', reason: 'OutOfMemory', message: 'profile: needed more memory than its container has' },
  },
  'is an error when the store cannot be written': {
    seen: { job: failed, pod: pod('Failed', ended('step', 0), ended('publish', exitCodes.StoreUnavailable, message({ error: 'the store is full' }))) },
    is: { is: 'Error', reason: 'StoreUnavailable', message: 'publish: the store is full' },
  },
  'is an error when the agent ends in an unknown way, and shows none of its text': {
    seen: { job: failed, pod: pod('Failed', ended('fetch', 137, 'secret text')) },
    is: { is: 'Error', reason: 'AgentFailed', message: 'fetch: exited with code 137' },
  },
  'waits for the pods of Jobs that have just completed, when both are late': {
    seen: { job: complete, recallJob: make.job('recall-1', run.metadata, { ended: 'Complete', endedAt: now - 89_000 }) }, is: { is: 'Unreported' },
  },
  'is an error when the pod that read the record is gone, too': {
    seen: { job: complete, recallJob: make.job('recall-1', run.metadata, { ended: 'Complete', endedAt: now - 90_000 }) },
    is: { is: 'Error', reason: 'ReportLost', message: 'the step ended, but neither its pod nor its record in the store tells its outputs' },
  },
  'waits for the end of the pod after the failure of the Job': { seen: { job: failed, pod: pod('Running', { name: 'step', running: true }) }, is: { is: 'Going' } },
  'waits for the pod of a Job that has just failed': { seen: { job: make.job('train-1', run.metadata, { ended: 'Failed', endedAt: now - 1_000 }) }, is: { is: 'Going' } },
  'is an error when the pod of a failed Job is gone': {
    seen: { job: failed }, is: { is: 'Error', reason: 'PodLost', message: 'the pod of the attempt is gone and did not tell how it ended' },
  },
  'is an error when the pod of a failed Job did not tell its end': {
    seen: { job: failed, pod: pod('Failed') }, is: { is: 'Error', reason: 'PodLost', message: 'the pod of the attempt is gone and did not tell how it ended' },
  },
};

describe('an attempt', () => {
  test.each(Object.entries(cases))('%s', (_name, { step, seen, is }) => {
    expect(judgeAttempt(frozen(step ?? recorded), frozen(seen), now)).toEqual(is);
  });
});

import { describe, expect, test } from '@jest/globals';
import { change, frozen, make, message, now } from '../../../test/make.ts';
import { exitCodes } from '../../dataplane/task.ts';
import type { StoredJob } from '../resources/workloads.ts';
import { judgeVerification } from './verification.ts';

const owner = make.version().metadata;
const job = (ended?: StoredJob['ended']): StoredJob => make.job('verify-0', owner, ended === undefined ? {} : { ended });
const pod = (code: number, error?: string) => make.pod('p', job().metadata, {
  phase: 'Failed', containers: [{ name: 'verify', exit: { code, reason: 'Error', message: error === undefined ? '' : message({ error }) } }],
});

const seen = (ended?: StoredJob['ended'], of?: ReturnType<typeof pod>, secondsAgo = 3_600) => ({
  job: change(job(ended), ended === undefined ? {} : { endedAt: now - secondsAgo * 1_000 }), pod: of,
});

describe('verification', () => {
  test.each<[string, ReturnType<typeof judgeVerification>, number, ReturnType<typeof seen>]>([
    ['goes on while its Job does', undefined, 0, seen(undefined, pod(exitCodes.DigestMismatch))],
    ['succeeds with its Job', { verification: { job: 'verify-0', outcome: 'Verified' } }, 0, seen('Complete')],
    ['finds other bytes', { verification: { job: 'verify-0', outcome: 'DigestMismatch', message: 'a.bin differs' } }, 0, seen('Failed', pod(exitCodes.DigestMismatch, 'a.bin differs'), 0)],
    ['finds nothing', { verification: { job: 'verify-0', outcome: 'ArtifactNotFound' } }, 2, seen('Failed', pod(exitCodes.NotFound))],
    ['may not read', { verification: { job: 'verify-0', outcome: 'ArtifactUnreadable' } }, 0, seen('Failed', pod(exitCodes.AccessDenied))],
    ['waits for the pod to tell its end', undefined, 0, seen('Failed', undefined, 59)],
    ['waits before it is tried again', undefined, 0, seen('Failed', pod(exitCodes.StoreUnavailable), 9)],
    ['waits longer each time', undefined, 3, seen('Failed', pod(exitCodes.StoreUnavailable), 79)],
    ['is tried again when the store was away', { attempt: 1 }, 0, seen('Failed', pod(exitCodes.StoreUnavailable), 10)],
    ['is tried again as often as the store is away', { attempt: 1_000 }, 999, seen('Failed', pod(exitCodes.StoreUnavailable))],
    ['is tried again when the pod is lost', { attempt: 2 }, 1, seen('Failed')],
    ['fails after the fifth attempt', { verification: { job: 'verify-0', outcome: 'VerifyFailed', message: 'the artifact could not be read in 5 attempts' } }, 4, seen('Failed')],
    ['fails with what the agent said last', { verification: { job: 'verify-0', outcome: 'VerifyFailed', message: 'no such task' } }, 4, seen('Failed', pod(exitCodes.InvalidTask, 'no such task'))],
  ])('%s', (_name, outcome, attempt, facts) => expect(judgeVerification(attempt, frozen(facts), now)).toEqual(outcome));

  test('goes on before its Job exists', () => expect(judgeVerification(0, { job: undefined, pod: undefined }, now)).toBeUndefined());
});

import { describe, expect, test } from '@jest/globals';
import { make, message } from '../../../test/make.ts';
import { exitCodes } from '../../dataplane/task.ts';
import type { StoredJob } from '../resources/workloads.ts';
import { judgeVerification } from './verification.ts';

const owner = make.version().metadata;
const job = (ended?: StoredJob['ended']): StoredJob => make.job('verify-0', owner, ended === undefined ? {} : { ended });
const pod = (code: number, error?: string) => make.pod('p', job().metadata, {
  phase: 'Failed', containers: [{ name: 'verify', exit: { code, reason: 'Error', message: error === undefined ? '' : message({ error }) } }],
});

describe('verification', () => {
  test.each<[string, ReturnType<typeof judgeVerification>, Parameters<typeof judgeVerification>]>([
    ['goes on before its Job exists', undefined, [0, undefined, undefined]],
    ['goes on while its Job does', undefined, [0, job(), pod(exitCodes.DigestMismatch)]],
    ['succeeds with its Job', { verification: { job: 'verify-0', outcome: 'Verified' } }, [0, job('Complete'), undefined]],
    ['finds other bytes', { verification: { job: 'verify-0', outcome: 'DigestMismatch', message: 'a.bin differs' } }, [0, job('Failed'), pod(exitCodes.DigestMismatch, 'a.bin differs')]],
    ['finds nothing', { verification: { job: 'verify-0', outcome: 'ArtifactNotFound' } }, [2, job('Failed'), pod(exitCodes.NotFound)]],
    ['may not read', { verification: { job: 'verify-0', outcome: 'ArtifactUnreadable' } }, [0, job('Failed'), pod(exitCodes.AccessDenied)]],
    ['is tried again when the store is away', { attempt: 1 }, [0, job('Failed'), pod(exitCodes.StoreUnavailable)]],
    ['is tried again when the pod is lost', { attempt: 2 }, [1, job('Failed'), undefined]],
    ['fails after the third attempt', { verification: { job: 'verify-0', outcome: 'VerifyFailed', message: 'the artifact could not be read in 3 attempts' } }, [2, job('Failed'), undefined]],
    ['fails with what the agent said last', { verification: { job: 'verify-0', outcome: 'VerifyFailed', message: 'stale handle' } }, [2, job('Failed'), pod(exitCodes.StoreUnavailable, 'stale handle')]],
  ])('%s', (_name, outcome, input) => expect(judgeVerification(...input)).toEqual(outcome));
});

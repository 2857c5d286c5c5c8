import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { make, now } from '../../../test/make.ts';
import { fileDigest } from '../../dataplane/manifest.ts';
import { exitCodes, profileLine } from '../../dataplane/task.ts';
import { judgePublication, printedProfile, printJobName, publicationVerdict, type Printed } from './publication.ts';

const file = Buffer.from(JSON.stringify(make.profile));
const digest = fileDigest(file);
const gzip = gzipSync(file).toString('base64');
const { metadata } = make.version();
const recorded = { job: 'verify', attempt: 0, failures: 0 };
const complete = make.job('verify', metadata, { ended: 'Complete', endedAt: now - 3_600_000 });
const failed = make.job('verify', metadata, { ended: 'Failed', endedAt: now - 3_600_000 });
const pod = make.pod('p', complete.metadata, { phase: 'Succeeded' });
const failedPod = (code: number) => make.pod('p', failed.metadata, { phase: 'Failed', containers: [{ name: 'verify', exit: { code, reason: 'Error', message: '' } }] });
const seen = (parts: Partial<Printed>): Printed => ({ published: false, job: complete, pod, log: undefined, ...parts });
const log = (text?: string) => ({ uid: pod.metadata.uid, ...(text === undefined ? {} : { text }) });
const again = (attempt: number, failures: number) => ({ job: printJobName(metadata, attempt), attempt, failures });

describe('the profile in a log', () => {
  test.each([
    ['is the line with the prefix', `starting\n${profileLine}${gzip}\nended\n`, gzip],
    ['may have been too large', `${profileLine}\n`, ''],
    ['is not there', 'no profile\n', undefined],
    ['was cut off', `${profileLine}${gzip.slice(0, -8)}`, undefined],
    ['is another one', `${profileLine}${gzipSync(JSON.stringify({ ...make.profile, rows: 2 })).toString('base64')}\n`, undefined],
    ['is no gzip', `${profileLine}AAAA\n`, undefined],
    ['is gone with the log', undefined, undefined],
  ])('%s', (_name, text, printed) => expect(printedProfile(text, digest)).toBe(printed));
});

describe('the publication', () => {
  test.each<[string, typeof recorded & { outcome?: 'ProfileTooLarge' | 'ProfileLost' }, Printed, object]>([
    ['waits for the log', recorded, seen({}), recorded],
    ['waits for the pod of a Job that has ended', recorded, seen({ pod: undefined, job: { ...complete, endedAt: now - 1_000 } }), recorded],
    ['stays as it is while the ConfigMap is being made', recorded, seen({ log: log(`${profileLine}${gzip}\n`) }), recorded],
    ['forgets failures once the ConfigMap is there', { ...recorded, attempt: 3, failures: 2 }, seen({ published: true }), { ...recorded, attempt: 3 }],
    ['ends with a profile that is too large', recorded, seen({ log: log(`${profileLine}\n`) }), { ...recorded, outcome: 'ProfileTooLarge' }],
    ['needs another Job when the log is gone', recorded, seen({ log: log() }), again(1, 1)],
    ['needs another Job when the log lacks the profile', recorded, seen({ log: log('nothing') }), again(1, 1)],
    ['needs another Job when the pod is gone', recorded, seen({ pod: undefined }), again(1, 1)],
    ['needs another Job when the first one is gone', recorded, seen({ job: undefined, pod: undefined }), again(1, 1)],
    ['waits for a Job that only prints and is not there yet', again(1, 1), seen({ job: undefined, pod: undefined }), again(1, 1)],
    ['waits for a Job that runs', again(1, 1), seen({ job: make.job('j', metadata) }), again(1, 1)],
    ['tries again after a failure', again(1, 1), seen({ job: failed, pod: failedPod(exitCodes.DigestMismatch) }), again(2, 2)],
    ['waits before it does', again(1, 1), seen({ job: { ...failed, endedAt: now - 19_000 }, pod: failedPod(1) }), again(1, 1)],
    ['does not count a store that is away', again(5, 4), seen({ job: failed, pod: failedPod(exitCodes.StoreUnavailable) }), again(6, 4)],
    ['gives up after five failures in a row', again(5, 4), seen({ job: failed, pod: failedPod(1) }), { ...again(5, 4), outcome: 'ProfileLost' }],
    ['does not begin again by itself', { ...again(5, 4), outcome: 'ProfileLost' }, seen({ job: undefined, pod: undefined }), { ...again(5, 4), outcome: 'ProfileLost' }],
  ])('%s', (_name, before, is, after) => expect(judgePublication(metadata, digest, before, { seen: is, now })).toEqual(after));
});

describe('the condition ProfilePublished', () => {
  const spec = { profile: { uri: 'pvc://store/x', digest } };
  const verification = { job: 'verify', outcome: 'Verified' as const };
  test.each<[string, object, Parameters<typeof publicationVerdict>[1], boolean, string, string]>([
    ['False without a profile', {}, { profile: undefined, verification }, false, 'False', 'NoProfile'],
    ['Unknown while the version is verified', spec, { profile: undefined, verification: undefined }, false, 'Unknown', 'Verifying'],
    ['False when it is not what its digests say', spec, { profile: undefined, verification: { job: 'v', outcome: 'DigestMismatch' } }, false, 'False', 'NotVerified'],
    ['Unknown while the log is read', spec, { profile: recorded, verification }, false, 'Unknown', 'Publishing'],
    ['True with the ConfigMap', spec, { profile: recorded, verification }, true, 'True', 'Published'],
    ['False when it is too large', spec, { profile: { ...recorded, outcome: 'ProfileTooLarge' }, verification }, false, 'False', 'ProfileTooLarge'],
    ['False when no Job brought it', spec, { profile: { ...recorded, outcome: 'ProfileLost' }, verification }, false, 'False', 'ProfileLost'],
  ])('is %s', (_name, of, status, ...[published, is, reason]) => {
    expect(publicationVerdict({ metadata, spec: of }, status, published)).toMatchObject({ status: is, reason });
  });
});

import { expect, test } from '@jest/globals';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { Incoming, Outgoing } from '../../operator/kube/connections.ts';
import { openSeam } from './seam.ts';
import { isNumbered, masked, signatureOf, targetOf } from './signature.ts';
import type { Mode } from './world.ts';

const jobs = '/apis/batch/v1/namespaces/ml/jobs';
const ask = (method: Outgoing['method'], path: string, signal = new AbortController().signal): Outgoing => ({ method, path, headers: {}, signal, stream: false });

/** A seam before an API server that says yes to everything, with a fault at the second write. */
function stand(mode?: Mode) {
  const done: string[] = [];
  const told: string[] = [];
  const seam = openSeam({ faults: mode === undefined ? [] : [{ at: 2, mode }], namespace: 'ml', position: () => done.length });
  const send = seam.intercept(0, { kill: () => told.push('killed'), pause: () => Promise.resolve(void told.push('paused')), outage: (outage) => told.push(outage) })((request): Promise<Incoming> => {
    done.push(`${request.method} ${request.path}`);
    return Promise.resolve({ status: 201, retryAfter: undefined, body: Readable.from([Buffer.from('{}')]) });
  });
  return { seam, send, done, told };
}

const silence = Symbol('no answer');
const soon = <T>(promise: Promise<T>): Promise<T | typeof silence> => Promise.race([promise, new Promise<typeof silence>((resolve) => setImmediate(() => setImmediate(() => resolve(silence))))]);

test('writes are numbered; reads, the lease and Events are not', async () => {
  const { seam, send } = stand();
  for (const request of [ask('PATCH', `${jobs}/a`), ask('GET', `${jobs}/a`), ask('PUT', '/apis/coordination.k8s.io/v1/namespaces/ml/leases/x'), ask('POST', '/apis/events.k8s.io/v1/namespaces/ml/events'), ask('PATCH', `${jobs}/a?force=true`)]) await send(request);
  expect(seam.writes.map(({ number, signature, status }) => [number, signature, status])).toEqual([[1, 'PATCH batch/jobs a #1', 201], [2, 'PATCH batch/jobs a #2', 201]]);
});

test.each<[string, Mode, { readonly done: number; readonly told: readonly string[]; readonly answer: unknown }]>([
  ['killed before it, the process dies and nothing is sent', 'killBefore', { done: 1, told: ['killed'], answer: silence }],
  ['killed after it, the write is done and the process dies', 'killAfter', { done: 2, told: ['killed'], answer: silence }],
  ['paused at it, the process goes on with the write', 'pause', { done: 2, told: ['paused'], answer: 201 }],
  ['refused, it is not done and the answer says why', 409, { done: 1, told: [], answer: 409 }],
  ['with the connections cut, it is done and the answer is lost', 'cut', { done: 2, told: ['cut'], answer: silence }],
  ['at an API server that is restarted, it is not done', 'restart', { done: 1, told: ['restart'], answer: silence }],
  ['without an answer, it is not done', 'timeout', { done: 1, told: [], answer: silence }],
])('%s', async (_, mode, expected) => {
  const { send, done, told } = stand(mode);
  await send(ask('PATCH', `${jobs}/a`));
  const answer = await soon(send(ask('PATCH', `${jobs}/b`)));
  expect({ done: done.length, told, answer: answer === silence ? silence : answer.status }).toEqual(expected);
});

test('a lost reply is an error of the connection, after the write is done', async () => {
  const { seam, send, done } = stand('loseReply');
  await send(ask('PATCH', `${jobs}/a`));
  await expect(send(ask('PATCH', `${jobs}/b`))).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect([done.length, seam.writes[1]?.status]).toEqual([2, 201]);
});

test('without an answer, the deadline of the request ends it', async () => {
  const { send } = stand('timeout');
  const deadline = new AbortController();
  await send(ask('PATCH', `${jobs}/a`));
  const answer = send(ask('PATCH', `${jobs}/b`, deadline.signal));
  deadline.abort(new Error('too late'));
  await expect(answer).rejects.toThrow('too late');
});

test.each([[429, '1'], [503, '1'], [500, undefined], [422, undefined]] as const)('a refusal with %i is a Status, and Retry-After is %s', async (mode, retryAfter) => {
  const { send } = stand(mode);
  await send(ask('PATCH', `${jobs}/a`));
  const answer = await send(ask('PATCH', `${jobs}/b`));
  expect([answer.retryAfter, await json(answer.body as Readable)]).toMatchObject([retryAfter, { kind: 'Status', code: mode }]);
});

test('what a process sends after its pause, other than the write it was paused at, is late', async () => {
  const { seam, send } = stand('pause');
  for (const name of ['a', 'b', 'c']) await send(ask('PATCH', `${jobs}/${name}`));
  expect(seam.late.map(({ number }) => number)).toEqual([3]);
});

test.each([
  ['/api/v1/namespaces/ml/pods/p/log?container=step', { group: '', plural: 'pods', namespace: 'ml', name: 'p', subresource: 'log' }],
  ['/apis/modelkeeper.dev/v1alpha1/namespaces/ml/pipelines/fraud/status', { group: 'modelkeeper.dev', plural: 'pipelines', namespace: 'ml', name: 'fraud', subresource: 'status' }],
  ['/apis/batch/v1/jobs', { group: 'batch', plural: 'jobs', namespace: '', name: '', subresource: '' }],
  ['/api/v1/namespaces/ml', { group: '', plural: 'namespaces', namespace: '', name: 'ml', subresource: '' }],
  ['/healthz', undefined],
])('a path tells what it is about: %s', (path, target) => expect(targetOf(path)).toEqual(target));

test('hashes in generated names are left out of signatures, and nothing else is', () => {
  expect([masked('fraud-1a2b3c4d-train-deadbeef'), masked('fraud-deadbee'), masked('deadbeef'), signatureOf(ask('DELETE', '/apis/batch/v1/namespaces/ml/jobs/fraud-deadbeef'), 'ml'), isNumbered(ask('DELETE', '/healthz'))])
    .toEqual(['fraud-*-train-*', 'fraud-deadbee', 'deadbeef', 'DELETE batch/jobs fraud-*', false]);
});

import { describe, expect, test } from '@jest/globals';
import { parseLine, tally, total, type Request } from './audit.ts';

const line = (fields: object): string => JSON.stringify({ kind: 'Event', auditID: 'a', stage: 'ResponseComplete', verb: 'patch', responseStatus: { code: 200 }, ...fields });

describe('a line of the audit log', () => {
  test.each<[string, object, Request | undefined]>([
    ['is a request when it has been answered', { objectRef: { resource: 'services', namespace: 'n' } }, { verb: 'patch', resource: 'services', code: 200 }],
    ['names the subresource', { objectRef: { resource: 'widgets', subresource: 'status' } }, { verb: 'patch', resource: 'widgets/status', code: 200 }],
    ['of a watch counts when the watch begins', { stage: 'ResponseStarted', verb: 'watch', objectRef: { resource: 'widgets' } }, { verb: 'watch', resource: 'widgets', code: 200 }],
    ['of a watch does not count again when the watch ends', { verb: 'watch', objectRef: { resource: 'widgets' } }, undefined],
    ['keeps the code of a refusal', { responseStatus: { code: 409 }, objectRef: { resource: 'widgets' } }, { verb: 'patch', resource: 'widgets', code: 409 }],
    ['may be about no object', { verb: 'get', requestURI: '/version' }, { verb: 'get', resource: '', code: 200 }],
  ])('%s', (_name, fields, expected) => expect(parseLine(line(fields))).toEqual(expected));
});

test('a tally parts writes from reads and watches, and refused writes are writes', () => {
  const request = (verb: string, resource: string, code = 200): Request => ({ verb, resource, code });
  const found = tally([
    request('create', 'services', 201), request('create', 'services', 201), request('update', 'widgets/status', 409), request('delete', 'services'),
    request('get', 'services', 404), request('list', 'widgets'), request('watch', 'widgets'),
  ]);
  expect(found).toEqual({
    writes: { 'create services': 2, 'update widgets/status': 1, 'delete services': 1 },
    reads: { 'get services': 1, 'list widgets': 1 },
    watches: { 'watch widgets': 1 },
    refused: 1,
  });
  expect(total(found.writes)).toBe(4);
});

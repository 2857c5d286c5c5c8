import { describe, expect, test } from '@jest/globals';
import { ApiError, classify, isAlreadyExists, isNotFound, NameConflict, type ErrorClass } from './errors.ts';
import { NotLeading } from './leader.ts';

describe('an error is', () => {
  test.each<[string, unknown, ErrorClass]>([
    ['Transient when it is no answer of the API server', new Error('socket hang up'), 'Transient'],
    ['Transient when it is no Error at all', 'oops', 'Transient'],
    ['Transient when this process no longer leads', new NotLeading(), 'Transient'],
    ['a Conflict when someone else wrote first', new ApiError(409, 'Conflict', 'modified'), 'Conflict'],
    ['a Conflict when the object came into being meanwhile', new ApiError(409, 'AlreadyExists', 'exists'), 'Conflict'],
    ['Terminal when a name is taken by someone else', new NameConflict('Service', 'fraud'), 'Terminal'],
    ['Throttled by 429', new ApiError(429, 'TooManyRequests', 'slow down'), 'Throttled'],
    ['Throttled by 503 with Retry-After', new ApiError(503, 'ServiceUnavailable', 'later', 1_000), 'Throttled'],
    ['Transient by 500', new ApiError(500, 'InternalError', 'oops'), 'Transient'],
    ['Transient by 503', new ApiError(503, 'ServiceUnavailable', 'no endpoints'), 'Transient'],
    ['Transient by 504', new ApiError(504, 'Timeout', 'timeout'), 'Transient'],
    ['Transient by 408', new ApiError(408, 'Timeout', 'timeout'), 'Transient'],
    ['Transient by 404, because a namespace may come', new ApiError(404, 'NotFound', 'gone'), 'Transient'],
    ['Terminal by 500 when the object is too large for etcd', new ApiError(500, 'Unknown', 'etcdserver: request is too large'), 'Terminal'],
    ['Terminal by 413', new ApiError(413, 'RequestEntityTooLarge', 'limit'), 'Terminal'],
    ['Terminal by 422', new ApiError(422, 'Invalid', 'spec.x: Required value'), 'Terminal'],
    ['Transient by 401', new ApiError(401, 'Unauthorized', 'token expired'), 'Transient'],
    ['Terminal by 403', new ApiError(403, 'Forbidden', 'exceeded quota'), 'Terminal'],
    ['Terminal by 400', new ApiError(400, 'BadRequest', 'what'), 'Terminal'],
  ])('%s', (_name, error, expected) => {
    expect(classify(error)).toBe(expected);
  });
});

test('the message of a refusal is cut to 256 characters', () => {
  expect(new ApiError(422, 'Invalid', 'x'.repeat(10_000)).message).toHaveLength(256);
});

test.each<[unknown, boolean, boolean]>([
  [new ApiError(409, 'AlreadyExists', ''), true, false],
  [new ApiError(409, 'Conflict', ''), false, false],
  [new NameConflict('Job', 'a'), false, false],
  [new ApiError(404, 'NotFound', ''), false, true],
  [new Error('AlreadyExists'), false, false],
])('%s: already exists %p, not found %p', (error, exists, gone) => {
  expect(isAlreadyExists(error)).toBe(exists);
  expect(isNotFound(error)).toBe(gone);
});

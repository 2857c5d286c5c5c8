import { expect, test } from '@jest/globals';
import { requestHeaders, responseHeaders } from './headers.ts';

test('requests keep their headers in order, without those of the connection', () => {
  const raw = ['Host', 'h', 'Connection', 'keep-alive, X-Private', 'X-Private', '1', 'Accept', 'a', 'accept', 'b', 'TE', 'trailers', 'Upgrade', 'ws', 'Expect', '100-continue', 'Content-Encoding', 'gzip'];
  expect(requestHeaders(raw, '10.0.0.1')).toEqual(['Host', 'h', 'Accept', 'a', 'accept', 'b', 'Content-Encoding', 'gzip', 'x-forwarded-for', '10.0.0.1']);
});

test('the client is appended to the addresses that forwarded before', () => {
  expect(requestHeaders(['X-Forwarded-For', 'a', 'x-forwarded-for', 'b, c'], 'd')).toEqual(['x-forwarded-for', 'a, b, c, d']);
});

test('responses keep their headers, and name the version and the inference whatever the model says', () => {
  const received = { connection: 'close, x-private', 'x-private': '1', 'keep-alive': 'timeout=5', 'transfer-encoding': 'chunked', 'set-cookie': ['a=1', 'b=2'], 'content-encoding': 'gzip', 'x-model-version': 'forged' };
  expect(responseHeaders(received, 'v1', 'id')).toEqual(['x-model-version', 'v1', 'x-inference-id', 'id', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-encoding', 'gzip']);
});

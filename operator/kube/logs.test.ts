import { expect, test } from '@jest/globals';
import { podLog } from './logs.ts';
import { Notes, refusal, StubServer } from './testing/stub.ts';
import { Transport } from './transport.ts';

const of = { namespace: 'ml', pod: 'verify-x', container: 'verify' };

function reading(server: StubServer): Promise<string | undefined> {
  return podLog(new Transport({ send: server.send, recorder: new Notes() }), of);
}

test('the log of one container is read, up to a limit', async () => {
  const server = new StubServer();
  server.then({ status: 200, body: 'a line\n' });
  expect(await reading(server)).toBe('a line\n');
  expect(server.requests[0]?.path).toBe('/api/v1/namespaces/ml/pods/verify-x/log?container=verify&limitBytes=1048576');
});

test('a pod that is gone has no log, and any other refusal is an error', async () => {
  const server = new StubServer();
  server.then(refusal(404, 'NotFound', 'gone'), refusal(403, 'Forbidden', 'no'));
  expect(await reading(server)).toBeUndefined();
  await expect(reading(server)).rejects.toThrow('no');
});

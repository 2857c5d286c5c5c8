import { afterEach, expect, test } from '@jest/globals';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { answering, cleanUp, closed, predictions, send, startModel, startServing, target } from './testbed.ts';

afterEach(cleanUp);

test('closing fails no request of clients that keep their connections', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startServing([target('v1', 100, model.address)], { lingerMs: 2_000 });
  const statuses: number[] = [];
  let told = 0;
  const half = Promise.withResolvers<undefined>();
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const { status, headers } = await send(bed.ports.inference, { agent, body: '{}' });
      statuses.push(status);
      if (statuses.length === 500) half.resolve(undefined);
      if (headers.connection === 'close') break;
    }
    told += 1;
    agent.destroy();
  };
  const clients = Array.from({ length: 20 }, client);
  await half.promise;
  const end = bed.close();
  await Promise.all(clients);
  await end;
  expect(told).toBe(20);
  expect(statuses.filter((status) => status !== 200)).toEqual([]);
  await expect(send(bed.ports.inference)).rejects.toThrow('ECONNREFUSED');
});

test('closing waits for the requests in flight, closes idle connections, is not ready and still answers the operator', async () => {
  let finish: (() => void) | undefined;
  const arrived = Promise.withResolvers<undefined>();
  const model = await startModel((_, res) => {
    finish = () => res.end('late');
    arrived.resolve(undefined);
  });
  const bed = await startServing([target('v1', 100, model.address)], { lingerMs: 20 });
  const idle = connect(bed.ports.inference, '127.0.0.1');
  await once(idle, 'connect');
  const slow = send(bed.ports.inference, { agent: new Agent({ keepAlive: true }) });
  await arrived.promise;
  const end = bed.close();
  expect((await send(bed.ports.metrics, { method: 'GET', path: '/readyz' })).status).toBe(503);
  await closed(idle.resume());
  expect((await bed.summary()).podUid).toBe('pod-1');
  finish?.();
  const reply = await slow;
  expect([reply.body.toString(), reply.headers.connection]).toEqual(['late', 'close']);
  await end;
});

test('closing cuts what does not end in time', async () => {
  const arrived = Promise.withResolvers<undefined>();
  const model = await startModel(() => arrived.resolve(undefined));
  const bed = await startServing([target('v1', 100, model.address)], { lingerMs: 1, closeMs: 20 });
  const stuck = send(bed.ports.inference);
  const failed = expect(stuck).rejects.toThrow();
  await arrived.promise;
  await bed.close();
  await failed;
});

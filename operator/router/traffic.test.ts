import { expect, test } from '@jest/globals';
import { Traffic } from './traffic.ts';

const destination = { version: 'v1', weight: 100, endpoints: ['127.0.0.1:9'] };

test('what has been destroyed is not used again, and a configuration that comes after it has nothing to retire', async () => {
  const traffic = new Traffic(() => 0);
  traffic.apply([destination]);
  const before = traffic.next()?.endpoint;
  await traffic.destroy();
  expect(before?.address).toBe('127.0.0.1:9');
  expect(traffic.next()?.endpoint).toBeUndefined();
  traffic.apply([destination]);
  const after = traffic.next()?.endpoint;
  expect(after?.address).toBe('127.0.0.1:9');
  expect(after).not.toBe(before);
});

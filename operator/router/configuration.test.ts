import { expect, test } from '@jest/globals';
import { refuse } from './configuration.ts';
import { config } from './testbed.ts';

test.each([
  ['a newer time within the epoch', { epoch: 5 }, 101, [100, undefined]],
  ['a higher epoch, whatever its time', { epoch: 6 }, 1, [100, undefined]],
  ['the epoch of the cold-start copy', { epoch: 5 }, 1, [undefined, undefined]],
  ['the same time again', { epoch: 5 }, 100, [100, 401]],
  ['an older time within the epoch', { epoch: 5 }, 99, [100, 401]],
  ['a lower epoch', { epoch: 4 }, 101, [100, 409]],
  ['an epoch below the cold-start copy', { epoch: 4 }, 101, [undefined, 409]],
  ['another namespace', { epoch: 6, namespace: 'other' }, 101, [100, 422]],
  ['another deployment', { epoch: 6, deployment: 'other' }, 101, [100, 422]],
])('%s', (_, change, timeMs, [lastMs, status]) => {
  const refusal = refuse(config([], change), timeMs, { config: config([], { epoch: 5 }), timeMs: lastMs });
  expect(refusal?.status).toBe(status);
});

import { expect, test } from '@jest/globals';
import { baselineOf } from './baseline.ts';
import { SampleQueue } from './queue.ts';

const place = { baseline: baselineOf('v1', 'd', []), start: 0 };
const sample = (bytes: number) => ({ ...place, body: Buffer.alloc(bytes) });
const sizes = (samples: readonly { readonly body: Buffer }[]): number[] => samples.map(({ body }) => body.length);

test('the queue takes no more samples and no more bytes than it has room for', () => {
  const queue = new SampleQueue({ samples: 3, bytes: 10 }, { samples: 9, bytes: 99 });
  expect([4, 7, 6, 0, 0].map((bytes) => queue.add(sample(bytes)))).toEqual([true, false, true, true, false]);
  expect(sizes(queue.take())).toEqual([4, 6, 0]);
  expect([queue.size, queue.add(sample(10)), queue.add(sample(1))]).toEqual([0, true, false]);
});

test('a batch has no more samples and no more bytes than it may, but one in any case', () => {
  const queue = new SampleQueue({ samples: 9, bytes: 99 }, { samples: 2, bytes: 10 });
  for (const bytes of [1, 2, 3, 8, 50, 1]) queue.add(sample(bytes));
  expect([1, 2, 3, 4, 5].map(() => sizes(queue.take()))).toEqual([[1, 2], [3], [8], [50], [1]]);
  expect(queue.take()).toEqual([]);
});

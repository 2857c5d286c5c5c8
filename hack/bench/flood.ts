import { metric } from './engine/subject.ts';
import { print } from './scale/figures.ts';
import { fill, full, keepChanging, longestMetrics, others, type Other } from './scale/flood.ts';
import { onGround } from './scale/ground.ts';
import { change, make, seen } from './scale/objects.ts';
import type { Json } from '../../operator/runtime/kind.ts';

const promisedSeconds = 30;

/** One namespace floods: how long the others wait, each of which creates one object and then changes it. */
export async function bench(): Promise<void> {
  await onGround([full, ...others.map(({ namespace }) => namespace)], async ({ client, operator }) => {
    const longest = async (ask: (other: Other) => Promise<Json>): Promise<number> => Math.max(...await Promise.all(others.map(async (other) => {
      const askedAt = performance.now();
      await seen(client, other.sample, { namespace: other.namespace, n: 0 }, await ask(other));
      return (performance.now() - askedAt) / 1_000;
    })));
    await fill(client, full);
    await operator(async (running) => {
      await running.leads();
      const stop = keepChanging(client, full);
      const created = await longest(({ namespace, sample }) => make(client, sample, { namespace, n: 0 }));
      const changed = await longest(({ namespace, sample }) => change(client, sample, { namespace, n: 0 }, 1));
      const text = await running.metrics();
      const changes = await stop();
      print([
        { name: 'flood: changes of its 4,900 objects meanwhile', value: changes, unit: '' },
        { name: 'flood: its objects that still waited at the end', value: metric(text, 'workqueue_depth') ?? Number.NaN, unit: '' },
        { name: 'flood: longest wait of another namespace, for a new object', value: created, unit: 's', most: promisedSeconds },
        { name: 'flood: longest wait of another namespace, for a change', value: changed, unit: 's', most: promisedSeconds },
        { name: 'lines of /metrics', value: text.split('\n').length, unit: '', most: longestMetrics },
      ]);
    });
  });
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '../../../operator/kube/transport.ts';
import { closedLoop } from '../engine/pace.ts';
import type { Figure } from './figures.ts';
import { change, namespaceOf, samples } from './objects.ts';
import { passesIn, waiting, type OperatorProcess } from './operator.ts';

const rates = [25, 50, 100, 200, 400, 800, 1_600];
const seconds = 15;
/** In flight at most: with more, the driver would measure its own connections. */
const writers = 90;
/** A run can be cancelled only once, which is too little to change it for long. */
const changeable = samples.filter(({ plural }) => plural !== 'pipelineruns');

interface Step {
  readonly asked: number;
  readonly made: number;
  /** Keys that waited at the end. */
  readonly left: number;
  readonly busy: number;
  readonly msPerPass: number;
}

/**
 * Changes of specs at one rate after another, until the work queues grow, or until the API server takes no more. The
 * objects are at rest, `n` of each kind. Gives the figures of each rate when it is done.
 */
export async function* saturation(operator: OperatorProcess, client: Transport, { n, namespaces }: { readonly n: number; readonly namespaces: number }): AsyncGenerator<readonly Figure[]> {
  let changes = 0;
  const next = (): Promise<unknown> => {
    const at = changes++;
    const sample = changeable[at % changeable.length];
    const object = Math.floor(at / changeable.length) % n;
    const turn = 1 + Math.floor(at / (changeable.length * n));
    return sample ? change(client, sample, { namespace: namespaceOf(object % namespaces), n: object }, turn) : Promise.resolve();
  };
  for (const rate of rates) {
    const step = await offered(operator, rate, next);
    yield figuresOf(step);
    await operator.settled();
    if (step.left > rate || step.made < 0.8 * rate) break;
  }
}

function figuresOf({ asked, made, left, busy, msPerPass }: Step): readonly Figure[] {
  return [
    { name: `${asked} changes a second: made`, value: made, unit: '/s' },
    { name: `${asked} changes a second: keys that waited after ${seconds} s`, value: left, unit: '' },
    { name: `${asked} changes a second: processor in use by the operator`, value: busy * 100, unit: '%' },
    { name: `${asked} changes a second: processor time for each pass`, value: msPerPass, unit: 'ms' },
    { name: `${asked} changes a second: the rate at which one core would be full`, value: made / busy, unit: '/s' },
  ];
}

async function offered(operator: OperatorProcess, rate: number, act: () => Promise<unknown>): Promise<Step> {
  const before = { cpuMs: operator.usage().cpuMs, text: await operator.metrics() };
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let [begun, made] = [0, 0];
  await closedLoop(Math.round(rate * seconds), writers, async () => {
    await sleep(Math.max(0, startedAt + (begun++ * 1_000) / rate - performance.now()));
    if (performance.now() >= endsAt) return;
    await act();
    made += 1;
  });
  const tookSeconds = (performance.now() - startedAt) / 1_000;
  const text = await operator.metrics();
  const cpuMs = operator.usage().cpuMs - before.cpuMs;
  return { asked: rate, made: made / tookSeconds, left: waiting(text), busy: cpuMs / 1_000 / tookSeconds, msPerPass: cpuMs / (passesIn(text) - passesIn(before.text)) };
}

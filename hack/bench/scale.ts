import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Transport } from '../../operator/kube/transport.ts';
import { eventLoopP99Ms, metric } from './engine/subject.ts';
import { print, type Figure } from './scale/figures.ts';
import { onGround, type Ground } from './scale/ground.ts';
import { change, eachOf, make, namespaceOf, samples, seen } from './scale/objects.ts';
import { passesIn, requests, writes, type OperatorProcess } from './scale/operator.ts';
import { saturation } from './scale/saturation.ts';

const namespaces = 200;
const idleSeconds = 20;
const mebibyte = 2 ** 20;

/** What one leader bears: `--n` objects of each of the five kinds in 200 namespaces, on a control plane of its own. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { n: { type: 'string', default: '10000' } } });
  const n = Number(values.n);
  if (!Number.isSafeInteger(n) || n < 1) throw new Error(`--n ${values.n}: give a whole number of objects of each kind, 1 or more`);
  await onGround(Array.from({ length: namespaces }, (_, at) => namespaceOf(at)), async (ground) => {
    console.log(`${n} objects of each of ${samples.length} kinds in ${namespaces} namespaces`);
    await measure(ground, n);
  });
}

async function measure({ client, operator }: Ground, n: number): Promise<void> {
  const base = await operator(async (running) => {
    await running.settled();
    return running.usage().rssMiB;
  });
  print([{ name: 'memory with no objects', value: base, unit: 'MiB' }]);
  // Nobody else writes: the operator finds all objects at once, as after a restore from a backup.
  for (const sample of samples) await eachOf(n, (at) => make(client, sample, { namespace: namespaceOf(at % namespaces), n: at }));
  print(await operator((running) => burst(running, n)));
  await operator(async (running) => {
    print(await restart(running, client, { n, base }));
    print(await idle(running));
    for await (const figures of saturation(running, client, { n, namespaces })) print(figures);
  });
}

/** From objects that nobody has looked at to all of them with their children. */
async function burst(operator: OperatorProcess, n: number): Promise<readonly Figure[]> {
  await operator.synced();
  const startedAt = performance.now();
  await operator.settled();
  const seconds = (performance.now() - startedAt) / 1_000;
  const text = await operator.metrics();
  const passes = passesIn(text);
  const objects = n * samples.length;
  const { cpuMs, rssMiB } = operator.usage();
  return [
    { name: 'burst: objects brought to rest', value: objects / seconds, unit: '/s' },
    { name: 'burst: writes for each object, Events included', value: writes(text) / objects, unit: '' },
    { name: 'burst: passes for each object', value: passes / objects, unit: '' },
    { name: 'burst: processor time for each pass, start included', value: cpuMs / passes, unit: 'ms' },
    { name: 'burst: processor in use', value: cpuMs / 10 / seconds, unit: '%' },
    { name: 'burst: memory after it', value: rssMiB, unit: 'MiB' },
  ];
}

async function restart(operator: OperatorProcess, client: Transport, { n, base }: { readonly n: number; readonly base: number }): Promise<readonly Figure[]> {
  const syncedMs = await operator.synced();
  const lag = eventLoopP99Ms(await operator.metrics()) ?? Number.NaN;
  const actedMs = await changeAndWait(client);
  await operator.settled();
  const text = await operator.metrics();
  const { rssMiB } = operator.usage();
  const thousands = n * samples.length / 1_000;
  return [
    { name: 'restart: from start until caches are filled', value: syncedMs / 1_000, unit: 's' },
    // The one change that the bench makes itself is answered with a status and an Event.
    { name: "restart: writes, without the answer to the bench's own change", value: Math.max(0, writes(text) - 2), unit: '', most: 0 },
    { name: 'restart: until a change made during the resync was seen, election included', value: actedMs / 1_000, unit: 's' },
    { name: 'restart: event-loop delay until caches are filled, p99', value: lag, unit: 'ms' },
    { name: 'memory', value: rssMiB, unit: 'MiB' },
    { name: 'memory: heap in use, garbage included', value: (metric(text, 'nodejs_heap_size_used_bytes') ?? Number.NaN) / mebibyte, unit: 'MiB' },
    { name: 'memory for each 1,000 objects, children included', value: (rssMiB - base) / thousands, unit: 'MiB' },
  ];
}

/** Changes a spec as a user would; resolves with the milliseconds until the operator has seen it. */
async function changeAndWait(client: Transport): Promise<number> {
  const [sample] = samples;
  if (!sample) throw new Error('there are no samples');
  const at = { namespace: namespaceOf(0), n: 0 };
  const startedAt = performance.now();
  await seen(client, sample, at, await change(client, sample, at, 1));
  return performance.now() - startedAt;
}

async function idle(operator: OperatorProcess): Promise<readonly Figure[]> {
  const before = { usage: operator.usage(), text: await operator.metrics() };
  await sleep(idleSeconds * 1_000);
  const after = { usage: operator.usage(), text: await operator.metrics() };
  const made = ['GET', 'PATCH', 'POST', 'DELETE'].reduce((sum, method) => sum + requests(after.text, method) - requests(before.text, method), 0);
  return [
    { name: 'idle: requests, without the Lease', value: made / idleSeconds, unit: '/s' },
    { name: 'idle: processor in use', value: (after.usage.cpuMs - before.usage.cpuMs) / (idleSeconds * 10), unit: '%' },
  ];
}

import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { installDefinitions } from '../../test/integration/definitions.ts';
import type { Transport } from '../../operator/kube/transport.ts';
import { startControlPlane, type ControlPlane } from '../cluster/controlplane.ts';
import { openClient } from './engine/client.ts';
import { metric } from './engine/subject.ts';
import { changeAndWait, eachOf, lookedAt, make, makeNamespace, namespaceOf, samples } from './scale/objects.ts';
import { requests, startOperatorProcess, writes, type OperatorProcess } from './scale/operator.ts';

const namespaces = 200;
const idleSeconds = 20;
const flooding = 4_900;
const others = 100;

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** What one leader bears: `--n` objects of each of the five kinds in 200 namespaces, on a control plane of its own. */
export async function bench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { n: { type: 'string', default: '10000' } } });
  const n = Number(values.n);
  if (!Number.isSafeInteger(n) || n < 1) throw new Error(`--n ${values.n}: give a whole number of objects of each kind, 1 or more`);
  const plane = await startControlPlane({
    controllerManager: false, log: () => undefined,
    flags: { 'kube-apiserver': { 'max-requests-inflight': 2_000, 'max-mutating-requests-inflight': 1_000 } },
  });
  const client = await openClient(plane.kubeconfig);
  try {
    await installDefinitions(client);
    await makeNamespace(client, 'modelkeeper-system');
    await eachOf(namespaces, (at) => makeNamespace(client, namespaceOf(at)));
    console.log(`${n} objects of each of ${samples.length} kinds in ${namespaces} namespaces`);
    await measure(plane, client, n);
  } finally {
    await client.close();
    await plane.stop();
  }
}

async function measure(plane: ControlPlane, client: Transport, n: number): Promise<void> {
  const base = await withOperator(plane, async (operator) => {
    await operator.settled();
    return operator.usage().rssMiB;
  });
  // Nobody else writes: the operator finds all objects at once, as after a restore from a backup.
  for (const sample of samples) await eachOf(n, (at) => make(client, sample, { namespace: namespaceOf(at % namespaces), n: at }));
  print([{ name: 'memory with no objects', value: base, unit: 'MiB' }]);
  print(await withOperator(plane, (operator) => burst(operator, n)));
  await withOperator(plane, async (operator) => {
    print(await restart(operator, client, { n, base }));
    print(await idle(operator));
    print(await flood(operator, client));
  });
}

async function withOperator<T>(plane: ControlPlane, act: (operator: OperatorProcess) => Promise<T>): Promise<T> {
  const operator = await startOperatorProcess(plane.kubeconfig, plane.dir);
  try {
    return await act(operator);
  } finally {
    await operator.stop();
  }
}

/** From objects that nobody has looked at to all of them with their children: where one process saturates. */
async function burst(operator: OperatorProcess, n: number): Promise<readonly Figure[]> {
  await operator.synced();
  const startedAt = performance.now();
  await operator.settled();
  const seconds = (performance.now() - startedAt) / 1_000;
  const text = await operator.metrics();
  const passes = metric(text, 'controller_runtime_reconcile_total') ?? 0;
  const objects = n * samples.length;
  const { cpuMs } = operator.usage();
  return [
    { name: 'burst: objects brought to rest', value: objects / seconds, unit: '/s' },
    { name: 'burst: writes for each object, Events included', value: writes(text) / objects, unit: '' },
    { name: 'burst: processor time for each pass, start included', value: cpuMs / passes, unit: 'ms' },
    { name: 'burst: processor in use', value: cpuMs / 10 / seconds, unit: '%' },
  ];
}

async function restart(operator: OperatorProcess, client: Transport, { n, base }: { readonly n: number; readonly base: number }): Promise<readonly Figure[]> {
  const syncedMs = await operator.synced();
  const actedMs = await changeAndWait(client, namespaceOf(0), 0);
  await operator.settled();
  const text = await operator.metrics();
  const { rssMiB } = operator.usage();
  return [
    { name: 'restart: from start until caches are filled', value: syncedMs / 1_000, unit: 's' },
    // The one change that the bench makes itself is answered with a status and an Event.
    { name: "restart: writes, without the answer to the bench's own change", value: Math.max(0, writes(text) - 2), unit: '' },
    { name: 'restart: until a change made during the resync was seen, election included', value: actedMs / 1_000, unit: 's' },
    { name: 'restart: event-loop delay p99', value: (metric(text, 'nodejs_eventloop_lag_p99_seconds') ?? Number.NaN) * 1_000, unit: 'ms' },
    { name: 'memory', value: rssMiB, unit: 'MiB' },
    { name: 'memory for each 1,000 objects, children included', value: (rssMiB - base) / (n * samples.length / 1_000), unit: 'MiB' },
  ];
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

/** One namespace fills with 4,900 policies while a hundred others get one each. */
async function flood(operator: OperatorProcess, client: Transport): Promise<readonly Figure[]> {
  const policy = samples.find(({ plural }) => plural === 'driftpolicies');
  if (!policy) throw new Error('there is no sample of a DriftPolicy');
  const offset = 1_000_000;
  const filling = eachOf(flooding, (n) => make(client, policy, { namespace: namespaceOf(0), n: offset + n }));
  await sleep(1_000);
  const waits = await Promise.all(Array.from({ length: others }, async (_, at) => {
    const namespace = namespaceOf(1 + (at % (namespaces - 1)));
    await make(client, policy, { namespace, n: offset });
    const startedAt = performance.now();
    await lookedAt(client, 'driftpolicies', { namespace, name: `o-${offset}` });
    return performance.now() - startedAt;
  }));
  await filling;
  await operator.settled();
  const lines = (await operator.metrics()).split('\n').length;
  return [
    { name: 'flood: longest wait of another namespace', value: Math.max(...waits) / 1_000, unit: 's' },
    { name: 'lines of /metrics', value: lines, unit: '' },
  ];
}

function print(figures: readonly Figure[]): void {
  for (const { name, value, unit } of figures) console.log(`${name.padEnd(80)}${value.toFixed(value < 10 ? 2 : 0).padStart(10)} ${unit}`);
}

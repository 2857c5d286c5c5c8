import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startControlPlane, type ControlPlane } from '../../../hack/cluster/controlplane.ts';
import { openClient } from '../../../hack/bench/engine/client.ts';
import { fill, flooding, full, keepChanging, longestMetrics, others, quiet, type Other } from '../../../hack/bench/scale/flood.ts';
import { metric } from '../../../hack/bench/engine/subject.ts';
import { change, eachOf, make, makeNamespace, samples } from '../../../hack/bench/scale/objects.ts';
import { operatorConfig } from '../../../operator/config.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { startOperator, type RunningOperator } from '../../../operator/start.ts';
import { installDefinitions } from '../definitions.ts';
import { silentLog } from './stage.ts';
import { Turns, type Wait } from './turns.ts';
import { at } from './watching.ts';

/** Of the operator as it ships. */
const workers = 16;
/** Namespaces that wait for the same work queue. */
const together = quiet / samples.length + 1;

let plane: ControlPlane;
let client: Transport;
let operator: RunningOperator;
let lost = false;
const turns = new Turns(full);

beforeAll(async () => {
  plane = await startControlPlane({ controllerManager: false, log: () => undefined });
  client = await openClient(plane.kubeconfig);
  await installDefinitions(client);
  const names = ['modelkeeper-system', full, ...others.map(({ namespace }) => namespace)];
  await eachOf(names.length, (n) => makeNamespace(client, names[n] ?? ''));
  await fill(client, full);
  operator = await startOperator({
    config: operatorConfig({
      KUBECONFIG: plane.kubeconfig, MODELKEEPER_IMAGE: 'modelkeeper:test', MODELKEEPER_MLSERVER_IMAGE: 'mlserver:test',
      MODELKEEPER_METRICS_HOST: '127.0.0.1', MODELKEEPER_METRICS_PORT: '0', MODELKEEPER_WORKERS: String(workers),
    }),
    log: silentLog, onLost: () => { lost = true; }, intercept: turns.intercept,
  });
  await operator.leading;
}, 300_000);

afterAll(async () => {
  await operator.stop();
  await client.close();
  await plane.stop();
});

/** What each of the other namespaces asks for at the same time; returns how long the slowest of them waited, in seconds. */
async function ask(request: (other: Other) => Promise<Json>): Promise<number> {
  const waited = await Promise.all(others.map(async (other) => {
    const askedAt = performance.now();
    const generation = Number(at(await request(other), 'metadata', 'generation'));
    await turns.answered(`${other.sample.plural}/${other.namespace}`, generation);
    return (performance.now() - askedAt) / 1_000;
  }));
  return Math.max(...waited);
}

async function metrics(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${operator.port}/metrics`)).text();
}

const longest = (waits: readonly Wait[]): number => Math.max(...waits.map((wait) => wait.overtaken));

test('while one namespace floods with 4,900 objects that change again and again, all others get their turn, and the metrics stay small', async () => {
  const stop = keepChanging(client, full);
  const created = await ask(({ namespace, sample }) => make(client, sample, { namespace, n: 0 }));
  const waitsOfNew = turns.waits.splice(0);
  const changed = await ask(({ namespace, sample }) => change(client, sample, { namespace, n: 0 }, 1));
  const waitsOfChanges = turns.waits.splice(0);
  const text = await metrics();
  const changes = await stop();

  console.log(`${flooding} objects flooded one namespace, with ${changes} changes. The longest wait of ${quiet} others: ${created.toFixed(1)} s for a new object ` +
    `(${longest(waitsOfNew)} of the flood went before it), ${changed.toFixed(1)} s for a change (${longest(waitsOfChanges)})`);
  expect(lost).toBe(false);
  expect([waitsOfNew.length, waitsOfChanges.length]).toEqual([quiet, quiet]);
  // Within two rounds at worst, and the workers have taken some before.
  const most = 2 * together + 2 * workers;
  expect([...waitsOfNew, ...waitsOfChanges].filter((wait) => wait.overtaken > most)).toEqual([]);
  // Or there was nothing to wait for.
  expect(metric(text, 'workqueue_depth')).toBeGreaterThan(samples.length * most);
  expect(metric(text, 'modelkeeper_objects_hidden')).toBe(flooding + quiet - 1_000);
  expect(text.split('\n').length).toBeLessThan(longestMetrics);
}, 300_000);

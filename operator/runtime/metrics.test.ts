import { beforeEach, expect, test } from '@jest/globals';
import { Metrics, type Conditioned } from './metrics.ts';

let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics();
});

/** Value of one series, by name and labels; undefined when there is no such series. */
async function value(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const metric = (await metrics.registry.getMetricsAsJSON()).find((one) => one.name === name || name.startsWith(`${one.name}_`));
  const values = (metric?.values ?? []) as { value: number; labels: Record<string, unknown>; metricName?: string }[];
  return values.find((one) => (one.metricName ?? name) === name && Object.entries(labels).every(([key, text]) => one.labels[key] === text))?.value;
}

test('a pass is counted when it ends, with its result and its time', async () => {
  const ended = metrics.started('pipeline');
  expect(await value('controller_runtime_active_workers', { controller: 'pipeline' })).toBe(1);
  ended('success');
  metrics.started('pipeline')('error');
  expect(await value('controller_runtime_active_workers', { controller: 'pipeline' })).toBe(0);
  expect(await value('controller_runtime_reconcile_total', { controller: 'pipeline', result: 'success' })).toBe(1);
  expect(await value('controller_runtime_reconcile_total', { controller: 'pipeline', result: 'error' })).toBe(1);
  expect(await value('controller_runtime_reconcile_errors_total', { controller: 'pipeline' })).toBe(1);
  expect(await value('controller_runtime_reconcile_time_seconds_count', { controller: 'pipeline' })).toBe(2);
});

test('keys, workers, connections and leadership are counted', async () => {
  metrics.added('run');
  metrics.added('run');
  metrics.workers('run', 16);
  metrics.connection();
  metrics.leading(true);
  expect(await value('workqueue_adds_total', { name: 'run' })).toBe(2);
  expect(await value('controller_runtime_max_concurrent_reconciles', { controller: 'run' })).toBe(16);
  expect(await value('modelkeeper_api_connections_total')).toBe(1);
  expect(await value('leader_election_master_status')).toBe(1);
  metrics.leading(false);
  expect(await value('leader_election_master_status')).toBe(0);
});

test('a request is counted by method and code, in seconds', async () => {
  metrics.request('PATCH', '200', 250);
  expect(await value('rest_client_requests_total', { method: 'PATCH', code: '200' })).toBe(1);
  expect(await value('rest_client_request_duration_seconds_sum', { method: 'PATCH' })).toBeCloseTo(0.25);
});

test('the depth of a queue is that of the moment', async () => {
  let depth = 3;
  metrics.watchQueues(() => ({ run: depth }));
  expect(await value('workqueue_depth', { name: 'run' })).toBe(3);
  depth = 0;
  expect(await value('workqueue_depth', { name: 'run' })).toBe(0);
});

test('the series of an object go with it, and that of a condition with its status', async () => {
  const of = (status: 'True' | 'False'): Conditioned => ({
    kind: 'Pipeline', namespace: 'n', name: 'a', conditions: [{ type: 'Ready', status, reason: '', message: '', lastTransitionTime: '' }],
  });
  let objects = [of('False')];
  metrics.watchConditions(() => objects, 10);
  const series = (status: string): Promise<number | undefined> => value('modelkeeper_status_condition', { name: 'a', type: 'Ready', status });
  expect(await series('False')).toBe(1);
  objects = [of('True')];
  expect(await series('False')).toBeUndefined();
  expect(await series('True')).toBe(1);
  objects = [];
  expect(await series('True')).toBeUndefined();
});

test('of too many objects those that are not at rest are shown first, and the rest is a number', async () => {
  const objects = Array.from({ length: 5_000 }, (_, n): Conditioned => ({
    kind: 'Pipeline', namespace: 'ml', name: `p-${n}`,
    conditions: [{ type: n < 4_990 ? 'Ready' : 'Stalled', status: 'True', reason: '', message: '', lastTransitionTime: '' }],
  }));
  metrics.watchConditions(() => objects, 100);
  const shown = (await metrics.registry.getMetricsAsJSON()).find(({ name }) => name === 'modelkeeper_status_condition')?.values ?? [];
  expect([shown.length, shown.filter(({ labels }) => labels['type'] === 'Stalled').length]).toEqual([100, 10]);
  expect(await value('modelkeeper_objects_hidden', {})).toBe(4_900);
});

test('what a policy was judged by is shown while the policy is there', async () => {
  let policies = [{ namespace: 'ml', name: 'watch', checks: [{ check: 'inputs', value: 0.2, limit: 0.1 }] }];
  metrics.watchChecks(() => policies);
  const series = (what: string): Promise<number | undefined> => value(`modelkeeper_drift_${what}`, { namespace: 'ml', name: 'watch', check: 'inputs' });
  expect([await series('value'), await series('limit')]).toEqual([0.2, 0.1]);
  policies = [];
  expect(await series('value')).toBeUndefined();
});

test('of too many policies some are shown, with three checks each; those without any do not count', async () => {
  const checks = Array.from({ length: 5 }, (_, n) => ({ check: `c-${n}`, value: n, limit: 9 }));
  metrics.watchChecks(() => Array.from({ length: 50 }, (_, n) => ({ namespace: 'ml', name: `p-${n}`, checks: n % 2 === 0 ? checks : [] })), 10);
  const shown = (await metrics.registry.getMetricsAsJSON()).find(({ name }) => name === 'modelkeeper_drift_value')?.values ?? [];
  expect(shown.map(({ labels }) => labels['name'])).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18].flatMap((n) => [`p-${n}`, `p-${n}`, `p-${n}`]));
});

test('the metrics of the engine bear no name of an object', async () => {
  metrics.started('pipeline')('success');
  metrics.added('pipeline');
  metrics.request('GET', '200', 1);
  const engine = (await metrics.registry.getMetricsAsJSON()).filter(({ name }) => /^(controller_runtime|workqueue|rest_client)/.test(name));
  const labels = new Set(engine.flatMap(({ values }) => values.flatMap((one) => Object.keys(one.labels))));
  expect([...labels].filter((label) => !['controller', 'result', 'name', 'code', 'method', 'le'].includes(label))).toEqual([]);
});

test('two operators in one process do not share their metrics', async () => {
  new Metrics().added('run');
  expect(await value('workqueue_adds_total', { name: 'run' })).toBeUndefined();
});

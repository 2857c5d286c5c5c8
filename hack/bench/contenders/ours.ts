import { connect } from '../../../operator/kube/cluster.ts';
import { countInto } from '../../../operator/kube/recorder.ts';
import { openTransport } from '../../../operator/kube/transport.ts';
import { systemClock } from '../../../operator/runtime/clock.ts';
import { createLog } from '../../../operator/runtime/log.ts';
import { bind, Manager } from '../../../operator/runtime/manager.ts';
import { Metrics } from '../../../operator/runtime/metrics.ts';
import { serve } from '../../../operator/runtime/server.ts';
import { widgetController } from './widget.ts';

/** The engine as it ships, with a controller for Widgets. It leads from the start: no contender holds an election. */
const { KUBECONFIG = '', WORKERS = '16', METRICS_PORT = '0', EVENTS = 'false' } = process.env;
const startedAt = Date.now();
const metrics = new Metrics();
const log = createLog('warn');
const recorder = countInto(metrics, log);
const transport = openTransport({ source: { file: KUBECONFIG }, recorder });
const controller = bind(widgetController);
const cluster = connect({ resources: controller.resources, fieldManager: 'modelkeeper', transport, recorder });
const manager = new Manager([controller], {
  // The engine tells each change of a condition as an Event, which no other contender does.
  cluster: EVENTS === 'true' ? cluster : { ...cluster, event: () => Promise.resolve() },
  metrics, log, clock: systemClock,
  epoch: () => 1, since: () => startedAt, now: () => Date.now(), random: () => Math.random(), instance: 'bench', workers: Number(WORKERS),
});
const server = await serve({ host: '127.0.0.1', port: Number(METRICS_PORT) }, metrics.registry, { live: () => true, ready: () => cluster.health().synced });

await cluster.start();
console.log('synced');
manager.start();
await new Promise((resolve) => process.once('SIGTERM', resolve));
await manager.stop();
await cluster.stop();
await transport.close();
server.closeAllConnections();
server.close();

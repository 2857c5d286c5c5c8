import type { Server } from 'node:http';
import type { CommonStatus, CustomObject } from './api/kind.ts';
import { DriftPolicy } from './api/v1alpha1/driftpolicy.ts';
import { kinds } from './api/v1alpha1/index.ts';
import type { OperatorConfig } from './config.ts';
import { controllers } from './controllers/index.ts';
import { DriftSource } from './controllers/driftpolicy/source.ts';
import { labels } from './controllers/labels.ts';
import { RouterFleet } from './controllers/modeldeployment/source.ts';
import { PodLogs } from './controllers/modelversion/source.ts';
import { httpExchange, type Exchange } from './dataplane/exchange.ts';
import { connect, type ConnectedCluster } from './kube/cluster.ts';
import type { Send } from './kube/connections.ts';
import { leaseStore } from './kube/lease.ts';
import { podLog } from './kube/logs.ts';
import { pause } from './kube/pause.ts';
import { countInto } from './kube/recorder.ts';
import { readSecret } from './kube/secret.ts';
import { signingKey, type SigningKey } from './kube/signing-key.ts';
import { openTransport, type Transport } from './kube/transport.ts';
import { Deliveries } from './notify/delivery.ts';
import { dispatcher, type Post } from './notify/dispatcher.ts';
import { systemClock } from './runtime/clock.ts';
import type { Reader } from './runtime/cluster.ts';
import type { Resource } from './runtime/kind.ts';
import { Election, type ElectionTimes } from './runtime/leader.ts';
import { describeError, type Log } from './runtime/log.ts';
import { Manager } from './runtime/manager.ts';
import { Metrics, type Conditioned, type Measured } from './runtime/metrics.ts';
import { serve, type Health } from './runtime/server.ts';

export interface StartOptions {
  readonly config: OperatorConfig;
  readonly log: Log;
  /** Called when leadership is lost: nothing is written any more, and the process has to end. */
  readonly onLost: () => void;
  /** In place of those of the configuration. */
  readonly times?: ElectionTimes;
  /** Wraps the one function that every call to the API server goes through. */
  readonly intercept?: (send: Send) => Send;
  /** The operator shares its process with others: it reaches routers and receivers through these, and opens no port. */
  readonly embedded?: Embedded;
}

export interface Embedded {
  readonly exchange: Exchange;
  readonly post: Post;
}

export interface RunningOperator {
  /** Port of /metrics, /healthz and /readyz; 0 when the operator is embedded. */
  readonly port: number;
  /** Resolves when this process leads and its workers run. */
  readonly leading: Promise<void>;
  /** Finishes what is being done, gives the lease back, and closes every connection. */
  stop(): Promise<void>;
}

const watchPollMs = 50;

/** Starts an operator. It serves health and metrics at once, fills its caches, waits to lead, and then works. */
export async function startOperator(options: StartOptions): Promise<RunningOperator> {
  const { config, log } = options;
  const metrics = new Metrics({ ofProcess: options.embedded === undefined });
  const transport = openTransport({
    source: config.kubeconfig === undefined ? {} : { file: config.kubeconfig },
    recorder: countInto(metrics, log),
    ...(options.intercept ? { intercept: options.intercept } : {}),
  });
  const key = await signingKey(transport, { namespace: config.namespace, name: 'modelkeeper-signing-key' }).catch(async (error: unknown) => {
    await transport.close();
    throw error;
  });
  const election = newElection(options, transport);
  const { cluster, manager, fleet, profiles, deliveries } = assemble({ options, transport, metrics, election, key });
  if (config.metrics.perObject) {
    metrics.watchConditions(() => conditioned(cluster.read));
    metrics.watchChecks(() => measured(cluster.read));
  }
  const health: Health = { live: () => true, ready: () => cluster.health().synced && cluster.health().watching };
  const endpoint = options.embedded ? closed : opened(await serve(config.metrics, metrics.registry, health));

  const leading = lead({ cluster, election, manager, metrics, options });
  return {
    port: endpoint.port,
    leading,
    stop: async () => {
      await manager.stop();
      await fleet.close();
      deliveries.close();
      profiles.close();
      await election.release();
      await cluster.stop();
      await transport.close();
      await endpoint.close();
    },
  };
}

interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

const closed: Endpoint = { port: 0, close: () => Promise.resolve() };

function opened(server: Server): Endpoint {
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Parts {
  readonly options: StartOptions;
  readonly transport: Transport;
  readonly metrics: Metrics;
  readonly election: Election;
  readonly key: SigningKey;
}

interface Assembly {
  readonly cluster: ConnectedCluster;
  readonly manager: Manager;
  readonly fleet: RouterFleet;
  readonly profiles: PodLogs;
  readonly deliveries: Deliveries;
}

function assemble({ options, transport, metrics, election, key }: Parts): Assembly {
  const { config, log } = options;
  const fleet = new RouterFleet({
    exchange: options.embedded?.exchange ?? httpExchange(),
    privateKey: key.privateKey,
    term: () => election.term,
    leading: () => election.leading,
    clock: systemClock,
    onError: (deployment, error) => log.debug('a router does not answer', { deployment, error: describeError(error) }),
  });
  const profiles = new PodLogs({
    read: ({ namespace, pod }) => podLog(transport, { namespace, pod, container: 'verify' }),
    clock: systemClock,
    onError: (version, error) => log.debug('a log cannot be read', { version, error: describeError(error) }),
  });
  const deliveries = new Deliveries({
    post: options.embedded?.post ?? dispatcher(config.notify),
    readSecret: (at) => readSecret(transport, at),
    leading: () => election.leading,
    clock: systemClock,
    onTry: ({ namespace, type }, delivery) => {
      const outcome = delivery.state === 'Failed' ? delivery.reason : delivery.state;
      metrics.notice(type, outcome);
      log.debug('a notice was tried', { namespace, type, outcome });
    },
  });
  const list = controllers({
    image: config.image, presets: { mlserver: config.mlserverImage }, operatorNamespace: config.namespace, publicKey: key.publicKey,
  }, { routers: fleet, profiles, drift: new DriftSource(fleet, deliveries) });
  const cluster = connect({
    resources: [...new Set<Resource>(list.flatMap(({ resources }) => resources))],
    fieldManager: 'modelkeeper',
    transport,
    recorder: countInto(metrics, log),
    indexedLabels: [labels.run, labels.modelVersion, labels.modelDeployment],
    beforeWrite: () => election.assertLeading(),
    ...(config.watchNamespace === '' ? {} : { namespace: config.watchNamespace }),
  });
  const manager = new Manager(list, {
    cluster, metrics, log, clock: systemClock,
    epoch: () => election.term, since: () => election.since, now: () => Date.now(), random: () => Math.random(),
    instance: config.identity, workers: config.workers,
  });
  return { cluster, manager, fleet, profiles, deliveries };
}

function newElection({ config, log, times }: StartOptions, transport: Transport): Election {
  const store = leaseStore(transport, { namespace: config.namespace, name: 'modelkeeper-operator' }, () => new Date());
  return new Election({
    store,
    monotonic: () => performance.now(),
    sleep: pause,
    log: (message, fields) => log.warn(message, Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]))),
  }, config.identity, times ?? config.election);
}

async function lead(parts: { cluster: ConnectedCluster; election: Election; manager: Manager; metrics: Metrics; options: StartOptions }): Promise<void> {
  const { cluster, election, manager, metrics, options } = parts;
  await cluster.start();
  options.log.info('caches are filled; waiting to lead');
  await election.acquire(() => highestTerm(cluster.read));
  // At once: a lease that took too long to take has run out already, and then this process has to end.
  void election.keep().then((why) => {
    metrics.leading(false);
    if (why === 'Released') return;
    options.log.warn('the lease is lost', { writesHeldBack: election.heldBack });
    options.onLost();
  });
  // What a broken watch has missed must be known before anything is decided on it.
  while (election.leading && !cluster.health().watching) await pause(watchPollMs);
  if (!election.leading) return;
  metrics.leading(true);
  options.log.info('leading', { term: election.term });
  manager.start();
}

/** Highest term that any object bears: a new one must be above it, even when the Lease was deleted. */
function highestTerm(read: Reader): number {
  let highest = 0;
  for (const { status } of customObjects(read)) highest = Math.max(highest, status.writerEpoch);
  return highest;
}

function* conditioned(read: Reader): Iterable<Conditioned> {
  for (const { kind, metadata, status } of customObjects(read)) {
    yield { kind, namespace: metadata.namespace, name: metadata.name, conditions: status.conditions };
  }
}

function* measured(read: Reader): Iterable<Measured> {
  for (const { metadata: { namespace, name }, status } of read.all(DriftPolicy)) {
    const checks = status.checks.flatMap(({ name: check, value, threshold }) => (value === undefined || threshold === undefined ? [] : [{ check, value, limit: threshold }]));
    yield { namespace, name, checks };
  }
}

function* customObjects(read: Reader): Iterable<CustomObject<unknown, CommonStatus> & { readonly kind: string }> {
  for (const kind of kinds) {
    for (const object of read.all<CustomObject<unknown, CommonStatus>>(kind)) yield { ...object, kind: kind.kind };
  }
}

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Condition } from '../api/kind.ts';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Objects that have series of their own: at most twelve thousand series in all, and as many for DriftPolicies. */
const objectsShown = 1_000;
/** Of the checks of one DriftPolicy: with its conditions, an object has at most twelve series. */
const checksShown = 3;

/** Gauges of the library that bear the suffix of counters, which `promtool check metrics` refuses. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** An object as its condition series see it. */
export interface Conditioned {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** An object, and the values that it was judged by, with what each is held against. */
export interface Measured {
  readonly namespace: string;
  readonly name: string;
  readonly checks: readonly { readonly check: string; readonly value: number; readonly limit: number }[];
}

/**
 * The operator's metrics. Engine metrics bear the names of controller-runtime, so that dashboards made for it work;
 * their labels are controller names only. Series of objects are computed when they are read, so they go with the object.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #reconciles: Counter<'controller' | 'result'>;
  readonly #errors: Counter<'controller'>;
  readonly #seconds: Histogram<'controller'>;
  readonly #active: Gauge<'controller'>;
  readonly #workers: Gauge<'controller'>;
  readonly #adds: Counter<'name'>;
  readonly #requests: Counter<'code' | 'method'>;
  readonly #requestSeconds: Histogram<'method'>;
  readonly #connections: Counter;
  readonly #watchFaults: Counter<'resource' | 'fault'>;
  readonly #notices: Counter<'type' | 'outcome'>;
  readonly #master: Gauge<'name'>;

  /** `ofProcess`: also what concerns the whole process. It is followed until the process ends. */
  constructor({ ofProcess }: { readonly ofProcess: boolean } = { ofProcess: true }) {
    const registers = [this.registry];
    if (ofProcess) collectDefaultMetrics({ register: this.registry });
    for (const name of misnamed) this.registry.removeSingleMetric(name);
    this.#reconciles = new Counter({ name: 'controller_runtime_reconcile_total', help: 'Passes over objects, by outcome.', labelNames: ['controller', 'result'], registers });
    this.#errors = new Counter({ name: 'controller_runtime_reconcile_errors_total', help: 'Passes that ended with an error.', labelNames: ['controller'], registers });
    this.#seconds = new Histogram({ name: 'controller_runtime_reconcile_time_seconds', help: 'Duration of one pass.', labelNames: ['controller'], buckets: seconds, registers });
    this.#active = new Gauge({ name: 'controller_runtime_active_workers', help: 'Workers that are busy.', labelNames: ['controller'], registers });
    this.#workers = new Gauge({ name: 'controller_runtime_max_concurrent_reconciles', help: 'Workers there are.', labelNames: ['controller'], registers });
    this.#adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys given to the work queue.', labelNames: ['name'], registers });
    this.#requests = new Counter({ name: 'rest_client_requests_total', help: 'Requests to the API server, by status code.', labelNames: ['code', 'method'], registers });
    this.#requestSeconds = new Histogram({ name: 'rest_client_request_duration_seconds', help: 'Duration of requests to the API server.', labelNames: ['method'], buckets: seconds, registers });
    this.#connections = new Counter({ name: 'modelkeeper_api_connections_total', help: 'Connections opened to the API server.', registers });
    this.#watchFaults = new Counter({ name: 'modelkeeper_watch_faults_total', help: 'Events and watches that were left out or had to be given up, by what was wrong.', labelNames: ['resource', 'fault'], registers });
    this.#notices = new Counter({ name: 'modelkeeper_notices_total', help: 'Tries to deliver a notice, by outcome.', labelNames: ['type', 'outcome'], registers });
    this.#master = new Gauge({ name: 'leader_election_master_status', help: 'Whether this process leads.', labelNames: ['name'], registers });
  }

  /** Shows the depth of a work queue, read when the metrics are. */
  watchQueues(depths: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name: 'workqueue_depth', help: 'Keys that wait in the work queue.', labelNames: ['name'], registers: [this.registry],
      collect() {
        for (const [name, depth] of Object.entries(depths())) this.set({ name }, depth);
      },
    });
  }

  /**
   * Shows each condition of each object: 1 for its status, one series a condition. Of more objects than `limit`, those are
   * shown first that work goes on at, or that need a user; how many are left out is a number of its own.
   */
  watchConditions(objects: () => Iterable<Conditioned>, limit = objectsShown): void {
    let left = 0;
    new Gauge({
      name: 'modelkeeper_status_condition', help: 'Conditions of the objects; 1 for the status a condition has.',
      labelNames: ['kind', 'namespace', 'name', 'type', 'status'], registers: [this.registry],
      collect() {
        this.reset();
        const first = firstOf(objects(), limit);
        left = first.left;
        for (const { kind, namespace, name, conditions } of first.shown) {
          for (const { type, status } of conditions) this.set({ kind, namespace, name, type, status }, 1);
        }
      },
    });
    // Metrics are read in the order of their making.
    new Gauge({
      name: 'modelkeeper_objects_hidden', help: 'Objects whose conditions are left out, because there are too many.', registers: [this.registry],
      collect() {
        this.set(left);
      },
    });
  }

  /** Shows what the newest windows of DriftPolicies came to, of so many that have any. */
  watchChecks(policies: () => Iterable<Measured>, limit = objectsShown): void {
    const gauge = (what: 'value' | 'limit', help: string): Gauge => new Gauge({
      name: `modelkeeper_drift_${what}`, help, labelNames: ['namespace', 'name', 'check'], registers: [this.registry],
      collect() {
        this.reset();
        let left = limit;
        for (const { namespace, name, checks } of policies()) {
          if (checks.length > 0 && left-- === 0) return;
          for (const { check, ...numbers } of checks.slice(0, checksShown)) this.set({ namespace, name, check }, numbers[what]);
        }
      },
    });
    gauge('value', 'What a check of a DriftPolicy came to in the newest window: the value that is nearest to its limit, or farthest beyond it.');
    gauge('limit', 'The limit of that value.');
  }

  workers(controller: string, count: number): void {
    this.#workers.set({ controller }, count);
  }

  added(controller: string): void {
    this.#adds.inc({ name: controller });
  }

  /** Counts a pass; call the returned function with its result when it ends. */
  started(controller: string): (result: string) => void {
    this.#active.inc({ controller });
    const end = this.#seconds.startTimer({ controller });
    return (result) => {
      end();
      this.#active.dec({ controller });
      this.#reconciles.inc({ controller, result });
      if (result === 'error') this.#errors.inc({ controller });
    };
  }

  leading(is: boolean): void {
    this.#master.set({ name: 'modelkeeper' }, is ? 1 : 0);
  }

  request(method: string, code: string, tookMs: number): void {
    this.#requests.inc({ code, method });
    this.#requestSeconds.observe({ method }, tookMs / 1_000);
  }

  connection(): void {
    this.#connections.inc();
  }

  /** Counts something that was wrong with a watch. */
  watchFault(resource: string, fault: string): void {
    this.#watchFaults.inc({ resource, fault });
  }

  /** Counts a try to deliver a notice. */
  notice(type: string, outcome: string): void {
    this.#notices.inc({ type, outcome });
  }
}

/** At most so many objects: those that are not at rest before the others. */
function firstOf(objects: Iterable<Conditioned>, limit: number): { readonly shown: readonly Conditioned[]; readonly left: number } {
  const restless: Conditioned[] = [];
  const atRest: Conditioned[] = [];
  let count = 0;
  for (const object of objects) {
    count += 1;
    const list = object.conditions.some(({ type }) => type === 'Stalled' || type === 'Reconciling') ? restless : atRest;
    if (list.length < limit) list.push(object);
  }
  const shown = [...restless, ...atRest].slice(0, limit);
  return { shown, left: count - shown.length };
}

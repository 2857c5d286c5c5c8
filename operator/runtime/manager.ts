import type { CommonStatus, CustomObject } from '../api/kind.ts';
import type { Cluster } from './cluster.ts';
import { ownerKey, type Controller, type Owned } from './controller.ts';
import { ApiError } from './errors.ts';
import { keyOf, type Resource, type Stored } from './kind.ts';
import { NotLeading } from './leader.ts';
import { describeError, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { Queue, type Clock, type Lane } from './queue.ts';
import { reconcile, type Outcome, type Pass } from './reconcile.ts';
import { eventLoop } from './turns.ts';

/** A controller whose types the manager need not know. */
export interface AnyController {
  readonly name: string;
  /** Everything it watches. */
  readonly resources: readonly Resource[];
  readonly owns: readonly Owned[];
  readonly gets: readonly Pick<Resource, 'group' | 'plural'>[];
  /** A key without a lane is that of an object of which something has changed, as far as is known. `addSoon` is for changes that come with others. */
  wire(cluster: Cluster, add: (key: string, lane?: Lane) => void, addSoon: (key: string) => void): void;
  reconcile(key: string, pass: Pass): Promise<Outcome>;
}

/** Binds a controller to the engine and hides its types. */
export function bind<Spec, Status extends CommonStatus, C extends string, Seen, Want, Fact>(
  controller: Controller<Spec, Status, C, Seen, Want, Fact>,
): AnyController {
  const { kind, owns, reads, source, gets = [] } = controller;
  return {
    name: kind.kind.toLowerCase(),
    resources: [kind, ...owns.map(({ resource }) => resource), ...reads.map(({ resource }) => resource)],
    owns,
    gets,
    wire(cluster, add, addSoon) {
      cluster.onChange(kind, ({ before, after }) => {
        const object = after ?? before;
        if (object) add(keyOf(object.metadata), laneOf(object));
      });
      // Each key once: what two copies both lead to is one piece of news.
      const follow = (resource: Resource, keysOf: (object: Stored) => readonly string[], laneOfOwn?: Lane): void => {
        cluster.onChange(resource, ({ before, after, written }) => {
          new Set([before, after].flatMap((object) => (object ? keysOf(object) : []))).forEach((key) => add(key, written ? laneOfOwn : undefined));
        });
      };
      // The pass that wrote to a child has looked at it again already.
      for (const { resource } of owns) follow(resource, ({ metadata }) => [ownerKey(metadata, kind.kind)].filter((key) => key !== undefined), 'New');
      for (const watch of reads) follow(watch.resource, (object) => watch.affects(object, cluster.read));
      source?.onChange(addSoon);
    },
    reconcile: (key, pass) => reconcile(controller, key, pass),
  };
}

/** What someone asked for and nobody has seen goes first, also among all the objects of a first list. */
function laneOf({ metadata, status }: CustomObject<unknown, CommonStatus>): Lane | undefined {
  if (status.observedGeneration === metadata.generation) return undefined;
  return status.observedGeneration < 0 ? 'New' : 'Change';
}

export interface ManagerPorts extends Pass {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly workers: number;
}

/** Runs controllers: a queue for each, and workers that reconcile its keys. */
export class Manager {
  readonly #controllers: readonly AnyController[];
  readonly #ports: ManagerPorts;
  readonly #queues = new Map<string, Queue>();
  readonly #running: Promise<void>[] = [];
  #started = false;

  constructor(controllers: readonly AnyController[], ports: ManagerPorts) {
    this.#controllers = controllers;
    this.#ports = ports;
    for (const controller of controllers) {
      const queue = new Queue(ports.clock, ports.random);
      this.#queues.set(controller.name, queue);
      ports.metrics.workers(controller.name, ports.workers);
      const add = (key: string, lane: Lane = this.#started ? 'Change' : 'Resync'): void => {
        ports.metrics.added(controller.name);
        queue.add(key, lane);
      };
      controller.wire(ports.cluster, add, (key) => {
        ports.metrics.added(controller.name);
        queue.addSoon(key);
      });
    }
    ports.metrics.watchQueues(() => Object.fromEntries([...this.#queues].map(([name, queue]) => [name, queue.depth])));
  }

  /** Starts the workers. Keys that were added before are processed now. */
  start(): void {
    this.#started = true;
    for (const controller of this.#controllers) {
      const queue = this.#queues.get(controller.name);
      if (!queue) continue;
      for (let worker = 0; worker < this.#ports.workers; worker += 1) this.#running.push(this.#work(controller, queue));
    }
  }

  /** Takes no more keys, and waits for those that are being processed. */
  async stop(): Promise<void> {
    for (const queue of this.#queues.values()) queue.close();
    await Promise.all(this.#running);
  }

  async #work(controller: AnyController, queue: Queue): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const ended = this.#ports.metrics.started(controller.name);
      try {
        const outcome = await controller.reconcile(key, this.#ports);
        this.#settle(controller, queue, key, outcome);
        ended(outcome.result === 'Error' || outcome.result === 'Terminal' ? 'error' : outcome.recheckAfterMs === undefined ? 'success' : 'requeue_after');
      } catch (error) {
        this.#settle(controller, queue, key, { result: 'Error', error });
        ended('error');
      } finally {
        queue.done(key);
      }
      // A pass that finds all well waits for nothing. After a start every one does, and the lease could not be renewed.
      const next = eventLoop.yield();
      if (next) await next;
    }
  }

  #settle(controller: AnyController, queue: Queue, key: string, outcome: Outcome): void {
    if (outcome.error !== undefined && !(outcome.error instanceof NotLeading)) {
      const [namespace = '', name = ''] = key.split('/');
      const fields = { controller: controller.name, namespace, name, error: describeError(outcome.error) };
      if (outcome.result === 'Terminal') this.#ports.log.warn('refused; a change is needed', fields);
      else this.#ports.log.info('failed; will be tried again', fields);
    }
    if (outcome.result === 'Error') {
      queue.retry(key, outcome.error instanceof ApiError ? outcome.error.retryAfterMs ?? 0 : 0);
    } else {
      queue.forget(key);
      // What it recorded, if it did, has let the key be processed sooner.
      if (outcome.result === 'Requeue') queue.add(key, 'New');
    }
    if (outcome.recheckAfterMs !== undefined) queue.addAfter(key, outcome.recheckAfterMs);
  }
}

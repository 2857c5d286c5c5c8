import { setImmediate as turn } from 'node:timers/promises';
import type { CommonStatus, CustomObject } from '../../../operator/api/kind.ts';
import { kinds } from '../../../operator/api/v1alpha1/index.ts';
import { controllers } from '../../../operator/controllers/index.ts';
import { labels } from '../../../operator/controllers/labels.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Resource } from '../../../operator/runtime/kind.ts';
import type { Outcome } from '../../../operator/runtime/reconcile.ts';
import { describeError, type Log } from '../../../operator/runtime/log.ts';
import { Manager, type AnyController } from '../../../operator/runtime/manager.ts';
import { Metrics } from '../../../operator/runtime/metrics.ts';
import { FakeClock } from '../../../operator/runtime/testing/clock.ts';
import { now, settings } from '../../make.ts';
import { withEndlessTurns } from '../../turns.ts';
import { stream, type Random } from '../../../hack/random.ts';
import { StoredCluster } from './cluster.ts';
import { mutate, pick } from './mutate.ts';
import { outside, type Outside } from './outside.ts';
import { play } from './player.ts';
import { situations, type FuzzedKind, type Placed } from './samples.ts';

export interface FuzzOptions {
  readonly kind: FuzzedKind;
  /** How many hostile objects. */
  readonly runs: number;
  readonly seed: number;
  readonly progress?: (done: number) => void;
}

export interface FuzzReport {
  readonly objects: number;
  readonly passes: number;
  /** Events and objects that could not be read, and were left out. */
  readonly leftOut: number;
  /** By reason, in what the hostile objects ended. */
  readonly ended: Readonly<Record<string, number>>;
  /** Each says what was promised and not kept, and which batch of the seed shows it. */
  readonly violations: readonly string[];
}

/** Hostile objects that share a queue with one good object. */
const batch = 20;
/** To come to rest takes fewer passes, whatever is stored. */
const passesToRest = 14;
/** In a minute in which nothing happens, a key is looked at at most twice a second and now and then besides. */
const passesInMinute = 150;
const maxStatusBytes = 64 * 1024;
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** The operator's manager over one cluster, with every pass counted. */
class Bench {
  readonly violations: string[] = [];
  readonly clock = new FakeClock();
  readonly outside: Outside = outside();
  readonly cluster: StoredCluster;
  passes = 0;
  limit = passesToRest;
  #perKey = new Map<string, number>();
  readonly #manager: Manager;
  readonly #begun = this.clock.now();
  readonly #endTurns = withEndlessTurns();

  constructor(name: string) {
    const all = controllers(settings, this.outside);
    const resources = new Map<string, Resource>(all.flatMap(({ resources: of }) => of).map((resource) => [resource.kind, resource]));
    this.cluster = new StoredCluster([...resources.values()], [labels.run, labels.modelVersion, labels.modelDeployment, labels.champion]);
    this.#manager = new Manager(all.filter((controller) => controller.name === name).map((controller) => this.#watched(controller)), {
      cluster: this.cluster, metrics: new Metrics(), log: silent, clock: this.clock, epoch: () => 1, since: () => 0, random: () => 0.5, instance: 'fuzz', workers: 4,
      now: () => now + this.clock.now() - this.#begun,
    });
    this.#manager.start();
  }

  /** Lets everything happen that is due now. */
  async settle(limit: number): Promise<void> {
    this.#perKey = new Map();
    this.limit = limit;
    for (let before = -1; before !== this.passes;) {
      before = this.passes;
      await turn();
    }
  }

  async minute(): Promise<void> {
    this.#perKey = new Map();
    this.limit = passesInMinute;
    for (let step = 0; step < 30; step += 1) {
      this.clock.advance(2_000);
      await turn();
    }
  }

  async stop(): Promise<void> {
    await this.#manager.stop();
    this.#endTurns();
  }

  #watched(controller: AnyController): AnyController {
    return {
      ...controller,
      reconcile: async (key, pass) => {
        const count = (this.#perKey.get(key) ?? 0) + 1;
        this.#perKey.set(key, count);
        this.passes += 1;
        if (count === this.limit + 1) this.violations.push(`${key} does not come to rest within ${this.limit} passes`);
        if (count > this.limit) return { result: 'Success' };
        const outcome = await controller.reconcile(key, pass).catch((error: unknown): Outcome => {
          this.violations.push(`${key}: a pass threw ${describeError(error)}`);
          return { result: 'Success' };
        });
        const { recheckAfterMs } = outcome;
        if (recheckAfterMs !== undefined && !(recheckAfterMs >= 1)) this.violations.push(`${key} is to be looked at again after ${recheckAfterMs} ms`);
        return outcome;
      },
    };
  }
}

/** Stores hostile objects of one kind, admission bypassed, and lets the real manager work on them. */
export async function fuzzReconcilers({ kind, runs, seed, progress }: FuzzOptions): Promise<FuzzReport> {
  const bench = new Bench(kind.toLowerCase());
  const prototype = memberNames();
  const ended: Record<string, number> = {};
  for (let done = 0, number = 0; done < runs; done += batch, number += 1) {
    const draw = stream(seed, `${kind} ${number}`);
    const before = bench.violations.length;
    await playBatch(bench, kind, { draw, size: Math.min(batch, runs - done), ended });
    if (memberNames() !== prototype) bench.violations.push('Object.prototype was changed');
    for (let at = before; at < bench.violations.length; at += 1) bench.violations[at] = `${kind}, batch ${number} of seed ${seed}: ${bench.violations[at] ?? ''}`;
    progress?.(Math.min(runs, done + batch));
  }
  await bench.stop();
  return { objects: runs, passes: bench.passes, leftOut: bench.cluster.leftOut, ended, violations: bench.violations };
}

function memberNames(): string {
  return Reflect.ownKeys(Object.prototype).map(String).join();
}

async function playBatch(bench: Bench, kind: FuzzedKind, { draw, size, ended }: { readonly draw: Random; readonly size: number; readonly ended: Record<string, number> }): Promise<void> {
  const { cluster } = bench;
  const places = Array.from({ length: size }, (_, index) => ({ namespace: `h${index}`, name: 'hostile' }));
  const good = { namespace: 'good', name: 'neighbour' };
  for (const place of places) {
    const { object, around } = pick(draw, situations[kind](place));
    if (draw() < 0.5) bench.outside.spoil(`${place.namespace}/${place.name}`, draw);
    for (const placed of around) cluster.put(placed.resource, draw() < 0.4 ? spoiled(placed, draw) : placed.live);
    cluster.put(object.resource, spoiled(object, draw));
  }
  const neighbour = situations[kind](good)[0];
  for (const { resource, live } of neighbour ? [...neighbour.around, neighbour.object] : []) cluster.put(resource, live);
  await bench.settle(passesToRest);
  for (let round = 0; round < 4; round += 1) {
    play(cluster, good.namespace);
    await bench.settle(passesToRest);
    bench.clock.advance(2_500);
    await bench.settle(passesToRest);
  }
  await bench.minute();
  check(bench, kind, ended);
  for (const { namespace } of [...places, good]) cluster.clear(namespace);
  await bench.settle(passesToRest);
  cluster.statuses.length = 0;
}

/** The object with one to four things in it spoilt. It mostly keeps its name and uid, which no API server lets anybody spoil. */
function spoiled({ live }: Placed, draw: Random): Json {
  const { name, namespace, uid } = asRecord(live['metadata']) ?? {};
  let spoilt: Json = live;
  for (let times = pick(draw, [1, 1, 1, 2, 4]); times > 0; times -= 1) {
    const part = pick(draw, ['spec', 'spec', 'status', 'status', 'metadata', 'data', 'binaryData'].filter((one) => one in live));
    spoilt = { ...spoilt, [part]: mutate(spoilt[part], draw) };
  }
  const metadata = asRecord(spoilt['metadata']);
  if (!metadata || draw() < 0.03) return { ...spoilt, metadata: pick(draw, [undefined, null, 7, {}, { ...metadata, uid: '' }, { ...metadata, name: undefined }, { ...metadata, namespace: null }, { ...metadata, resourceVersion: 'abc' }]) };
  return { ...spoilt, metadata: { ...metadata, name, namespace, uid, resourceVersion: '1' } };
}

/** Of an unreadable status that no operator can have recorded, nothing is told. */
function isHuge(unread: unknown): boolean {
  return unread !== undefined && JSON.stringify(unread).length > maxStatusBytes / 2;
}

function check({ cluster, violations }: Bench, kind: FuzzedKind, ended: Record<string, number>): void {
  for (const error of cluster.thrown.splice(0)) violations.push(`a listener threw ${describeError(error)}`);
  for (const { key, status } of cluster.statuses) {
    const bytes = Buffer.byteLength(JSON.stringify(status));
    if (bytes > maxStatusBytes) violations.push(`${key} has a status of ${bytes} bytes`);
  }
  const own = kinds.find((one) => one.kind === kind);
  if (!own) return;
  for (const object of cluster.read.all<CustomObject<unknown, CommonStatus>>(own)) {
    const { namespace, name, deletionTimestamp } = object.metadata;
    const told = object.unread ? 'Stalled' : own.summary;
    const condition = object.status.conditions.find(({ type }) => type === told);
    const reason = deletionTimestamp !== undefined ? 'is being deleted' : condition?.reason ?? (isHuge(object.unread) ? 'status is too large' : 'nothing');
    if (namespace === 'good') {
      if (condition?.status !== 'True') violations.push(`the neighbour is not ready: ${condition?.reason ?? ''} ${condition?.message ?? ''}`);
      continue;
    }
    ended[reason] = (ended[reason] ?? 0) + 1;
    if (reason === 'nothing') violations.push(`${namespace}/${name} has no condition ${told}`);
    if (reason === 'CannotReconcile') violations.push(`${namespace}/${name}: ${condition?.message ?? ''}`);
    if (asItems(object.status.conditions).length > 16) violations.push(`${namespace}/${name} has more than 16 conditions`);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { compact } from '../../cluster/compaction.ts';
import { openRelay, type Relay } from '../../relay.ts';
import type { Contender } from '../contenders/contender.ts';
import { tally, total } from './audit.ts';
import type { Bed } from './bed.ts';
import type { Wanted } from './objects.ts';
import { closedLoop } from './pace.ts';
import { counted, type Counted } from './phase.ts';
import { eventLoopP99Ms, startSubject, type Subject } from './subject.ts';
import type { World } from './world.ts';

export interface Idle {
  readonly requestsPerSecond: number;
  readonly connections: number;
}

/** Milliseconds until what was asked for in the meantime was there; null when it was not in four minutes. */
export interface Recovery {
  /** From when the API server was ready again. */
  readonly apiServerRestart: number | null;
  /** From when its connections fell silent. */
  readonly halfOpen: number | null;
  /** From when it went on after a pause, with a resourceVersion that the API server no longer knows. */
  readonly expired: number | null;
}

/** What becomes of objects that are there. */
export interface Life {
  readonly objects: number;
  readonly restart: { readonly syncedMs: number; readonly eventLoopP99Ms?: number; readonly counts: Counted };
  /** Each object gets a label that means nothing. */
  readonly touched: Counted;
  /** Each object gets another image. */
  readonly updated: Counted;
  /** Each object gets another number of replicas. By now every connection that is needed is open. */
  readonly scaled: Counted & { readonly connections: number };
  readonly idle: Idle;
  readonly removed: Counted;
  readonly recovery?: Recovery;
}

export interface LifePlan {
  readonly contender: Contender;
  /** Objects that are there. */
  readonly objects: number;
  readonly wanted: Wanted;
  readonly idleSeconds: number;
  readonly faults: boolean;
}

interface Stage {
  readonly plan: LifePlan;
  readonly bed: Bed;
  readonly world: World;
  readonly relay: Relay;
}

const inFlight = 32;
const probes = 10;
const longestRecoveryMs = 240_000;

/** The contender, which was killed, is started again and followed through everything that can happen to it. */
export async function live(plan: LifePlan, { bed, world }: { readonly bed: Bed; readonly world: World }): Promise<Life> {
  const relay = await openRelay(bed.plane.server);
  const stage: Stage = { plan, bed, world, relay };
  const kubeconfig = await bed.kubeconfig(relay.server);
  let subject: Subject | undefined;
  try {
    let lag: number | undefined;
    const started = await counted(world, bed.audit, async () => {
      subject = await startSubject(plan.contender, kubeconfig, bed.plane.dir);
      lag = eventLoopP99Ms(await subject.metrics());
    });
    if (subject === undefined) throw new Error('the contender was not started');
    const waves = await allWaves(stage);
    const recovery = plan.faults ? { recovery: await recoveries(stage, subject) } : {};
    const removed = await counted(world, bed.audit, () => closedLoop(plan.objects, inFlight, (at) => world.remove(at)));
    return { objects: plan.objects, restart: { syncedMs: subject.syncedMs, counts: started, ...(lag === undefined ? {} : { eventLoopP99Ms: lag }) }, ...waves, removed, ...recovery };
  } finally {
    await subject?.kill();
    await relay.close();
  }
}

async function allWaves({ plan, bed, world, relay }: Stage): Promise<Pick<Life, 'touched' | 'updated' | 'scaled' | 'idle'>> {
  const { objects, wanted } = plan;
  const wave = (act: (at: number) => Promise<void>): Promise<Counted> => counted(world, bed.audit, async () => {
    await closedLoop(objects, inFlight, act);
    await world.steady(60_000 + objects * 500);
  });
  const touched = await wave((at) => world.touch(at));
  const updated = await wave((at) => world.change(at, { ...wanted, image: `${wanted.image}-new` }));
  const reopened = relay.reopened();
  const scaled = await wave((at) => world.change(at, { image: `${wanted.image}-new`, replicas: wanted.replicas + 1 }));
  return { touched, updated, scaled: { ...scaled, connections: relay.reopened() - reopened }, idle: await idle({ plan, bed, world, relay }) };
}

async function idle({ plan: { idleSeconds }, bed: { audit }, relay }: Stage): Promise<Idle> {
  await audit.read();
  const opened = relay.opened();
  await sleep(idleSeconds * 1_000);
  const { writes, reads, watches } = tally(await audit.read());
  return { requestsPerSecond: (total(writes) + total(reads) + total(watches)) / idleSeconds, connections: relay.opened() - opened };
}

async function recoveries({ plan: { objects, wanted }, bed: { plane }, world, relay }: Stage, subject: Subject): Promise<Recovery> {
  let next = objects;
  const createSome = async (): Promise<void> => {
    const from = next;
    next += probes;
    await closedLoop(probes, probes, (at) => world.create(from + at, wanted));
  };
  const recovered = async (since: number): Promise<number | null> => {
    try {
      return await world.steady(longestRecoveryMs) - since;
    } catch {
      world.giveUp();
      return null;
    }
  };

  await plane.restartApiServer();
  const ready = performance.now();
  await createSome();
  const apiServerRestart = await recovered(ready);

  const silent = performance.now();
  relay.blackHole();
  await createSome();
  const halfOpen = await recovered(silent);

  subject.signal('SIGSTOP');
  relay.cut();
  await createSome();
  await compact(plane.etcd);
  await plane.restartApiServer();
  subject.signal('SIGCONT');
  const resumed = performance.now();
  return { apiServerRestart, halfOpen, expired: await recovered(resumed) };
}

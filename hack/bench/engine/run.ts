import type { Contender } from '../contenders/contender.ts';
import { makeBed, type Bed, type Tier } from './bed.ts';
import { live, type Life } from './life.ts';
import { closedLoop, openLoop } from './pace.ts';
import { counted, type Counted } from './phase.ts';
import { percentile } from './statistics.ts';
import { eventLoopP99Ms, metric, startSubject, type Subject } from './subject.ts';
import { cpuMsBelow } from './usage.ts';
import { World, type Stamps } from './world.ts';

export interface RunPlan {
  readonly contender: Contender;
  readonly tier: Tier;
  /** Objects that are created at once. */
  readonly n: number;
  /** Objects that are created before, ten a second. */
  readonly paced: number;
  /** Goes on until they are removed. */
  readonly life?: { readonly idleSeconds: number; readonly faults: boolean };
}

export interface RunResult {
  readonly speed: Speed;
  readonly life?: Life;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export interface Speed {
  readonly objects: number;
  readonly objectsPerSecond: number;
  /** From sending the create until the watch has shown both children: ten objects a second, and in the burst. */
  readonly children: { readonly paced: Latency; readonly burst: Latency };
  /** From the watch that shows the Deployment ready until the one that shows the Widget ready. */
  readonly lag: { readonly paced: Latency; readonly burst: Latency };
  /** Seconds since the first create of the burst until a twentieth of its objects was ready, two twentieths, and so on. */
  readonly curve: readonly number[];
  readonly counts: Counted;
  readonly cpuMsPerObject: number;
  /** What each object costs the API server, the driver's own requests included. */
  readonly serverCpuMsPerObject: number;
  readonly cpuMsPerReconcile: number | undefined;
  readonly rssMiB: { readonly base: number; readonly after: number };
  readonly eventLoopP99Ms: number | undefined;
}

const first = { image: 'registry.example/server:1', replicas: 1 };
const inFlight = 32;
const perSecond = 10;

/** One contender on a control plane of its own. */
export async function run(plan: RunPlan): Promise<RunResult> {
  const bed = await makeBed(plan.tier);
  try {
    const world = await World.open(bed.client, plan.tier === 1);
    try {
      return await played(plan, bed, world);
    } finally {
      await world.close();
    }
  } finally {
    await bed.stop();
  }
}

async function played(plan: RunPlan, bed: Bed, world: World): Promise<RunResult> {
  const { contender, n, paced, life } = plan;
  const subject = await startSubject(contender, await bed.kubeconfig(bed.plane.server), bed.plane.dir);
  let fast: Speed;
  try {
    fast = await speed(plan, { bed, world, subject });
  } finally {
    await subject.kill();
  }
  return life === undefined ? { speed: fast } : { speed: fast, life: await live({ contender, objects: paced + n, wanted: first, ...life }, { bed, world }) };
}

interface Setting {
  readonly bed: Bed;
  readonly world: World;
  readonly subject: Subject;
}

async function speed({ n, paced }: RunPlan, { bed, world, subject }: Setting): Promise<Speed> {
  const base = subject.usage();
  await openLoop(paced, perSecond, (at) => world.create(at, first));
  await world.steady(60_000);
  const serverMs = (): number => cpuMsBelow(process.pid, 'kube-apiserver');
  const [cpu, server, metrics] = [subject.usage().cpuMs, serverMs(), await subject.metrics()];
  let seconds = 0;
  const counts = await counted(world, bed.audit, async () => {
    const startedAt = performance.now();
    await closedLoop(n, inFlight, (at) => world.create(paced + at, first));
    seconds = (await world.steady(deadlineMs(n)) - startedAt) / 1_000;
  });
  const [after, serverAfter, then] = [subject.usage(), serverMs(), await subject.metrics()];
  const stamps = [...world.stamps.values()];
  const reconciles = (metric(then, 'controller_runtime_reconcile_total') ?? NaN) - (metric(metrics, 'controller_runtime_reconcile_total') ?? 0);
  return {
    objects: n,
    objectsPerSecond: n / seconds,
    children: latencies(stamps, paced, ({ sent, children }) => (children ?? NaN) - sent),
    lag: latencies(stamps, paced, ({ deploymentReady, ready }) => (ready ?? NaN) - (deploymentReady ?? NaN)),
    curve: curveOf(stamps.slice(paced)),
    counts,
    cpuMsPerObject: (after.cpuMs - cpu) / n,
    serverCpuMsPerObject: (serverAfter - server) / n,
    cpuMsPerReconcile: Number.isNaN(reconciles) ? undefined : (after.cpuMs - cpu) / reconciles,
    rssMiB: { base: base.rssMiB, after: after.rssMiB },
    eventLoopP99Ms: eventLoopP99Ms(then),
  };
}

function latencies(stamps: readonly Stamps[], paced: number, of: (stamps: Stamps) => number): Speed['children'] {
  const latency = (those: readonly Stamps[]): Latency => {
    const values = those.map(of);
    return { p50: percentile(values, 50), p99: percentile(values, 99) };
  };
  return { paced: latency(stamps.slice(0, paced)), burst: latency(stamps.slice(paced)) };
}

function curveOf(burst: readonly Stamps[]): number[] {
  const begin = Math.min(...burst.map(({ sent }) => sent));
  const seconds = burst.map(({ ready }) => ((ready ?? NaN) - begin) / 1_000);
  return Array.from({ length: 20 }, (_, at) => percentile(seconds, (at + 1) * 5));
}

/** Ten times as slow as the slowest contender on two busy cores. */
function deadlineMs(n: number): number {
  return 60_000 + n * 500;
}

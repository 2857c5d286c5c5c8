import type { Send } from '../../operator/kube/connections.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import type { Profile } from '../../operator/profile/format.ts';

/*
 * The types that the two levels, the simulated cluster and the real one, have in common. Scenarios, faults and oracles
 * are written against them alone, so that a run means the same on both.
 */

/** What a scenario and the oracles look at. Leases and Events are left out: nothing is decided by them. */
export const plurals = [
  'pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies',
  'deployments', 'services', 'configmaps', 'networkpolicies', 'controllerrevisions', 'persistentvolumeclaims', 'jobs', 'pods',
] as const;
export type Plural = (typeof plurals)[number];
/** The five kinds of the operator. */
export type OurPlural = 'pipelines' | 'pipelineruns' | 'modelversions' | 'modeldeployments' | 'driftpolicies';

/** An object as someone applies it, without apiVersion. */
export type Named = Json & { readonly metadata: { readonly name: string } };

/** The stored objects of the world's namespace, from a watch of the harness's own and never through the operator. */
export interface View {
  get(plural: Plural, name: string): Json | undefined;
  /** In the order of their names. */
  list(plural: Plural): readonly Json[];
}

/** One stored revision of one object. */
export interface Revision {
  readonly plural: Plural;
  readonly name: string;
  readonly uid: string;
  /** The last one says what the object was like when it was removed. */
  readonly type: 'Added' | 'Modified' | 'Deleted';
  readonly live: Json;
}

/** A pod of a Job that runs a step of a PipelineRun. */
export interface StepPod {
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
}

export type Ending = 'Succeeds' | 'Fails' | 'Hangs';

/** What clients send to routers, and what model servers answer. */
export interface Requests {
  /** 'usual' is the profile that the first model was trained on, 'large' another one, 'none' is silence. */
  amounts: 'none' | 'usual' | 'large';
  /** Versions that answer every other request with 500. */
  failing: ReadonlySet<string>;
}

/**
 * Everybody but the operator: kubelet, model servers, clients and receivers. A scenario changes these members at any
 * time, and what happens from then on follows them.
 */
export interface Outside {
  /** What becomes of a pod of a step. Pods that hang are asked about again when this is replaced. */
  ending: (pod: StepPod) => Ending;
  /** The value of a result of a step. */
  result: (pod: StepPod, name: string) => string;
  /** The profile that a run's profiling step leaves behind. `drifted` tells runs that a DriftPolicy started. */
  profile: (drifted: boolean) => Profile;
  readonly requests: Requests;
  /** The status a receiver of notices answers with; it has taken the notice below 300. */
  receiver: (key: string, attempt: number) => number;
}

/** One delivery that a receiver of notices has taken. */
export interface Effect {
  /** The idempotency key that the operator sends along. */
  readonly key: string;
}

/**
 * A cluster as scenarios see it: a namespace in it, and the operator that looks after it. The namespace has a Secret
 * `hooks`, whose entry `slack` is where the receiver of notices listens.
 */
export interface World {
  readonly namespace: string;
  /** The port that model servers listen on. */
  readonly modelPort: number;
  readonly view: View;
  readonly outside: Outside;
  /** Server-side apply, with force, by a user. */
  apply(plural: OurPlural, object: Named): Promise<void>;
  mergePatch(plural: Plural, name: string, patch: Json): Promise<void>;
  /** DELETE in the background, as kubectl does it. */
  remove(plural: Plural, name: string): Promise<void>;
  /** Waits until the stored objects are so. Rejected with what was waited for when it takes too long. */
  until(what: string, holds: (view: View) => boolean): Promise<void>;
  /** Lets time pass: virtual time, or real time. */
  elapse(ms: number): Promise<void>;
  /** Replaces the running operator by one of another image, as an upgrade does: the old one stops in order. */
  upgrade(image: string): Promise<void>;
  /** Every stored revision of the namespace's objects, in order. It grows while the world lives. */
  readonly history: readonly Revision[];
  readonly effects: readonly Effect[];
}

/** What someone does, and waits for. The same code on both levels. */
export interface Scenario {
  readonly name: string;
  /** Ends when what was asked for has happened. Only ever waits for states that last, not for those that may be missed. */
  play(world: World): Promise<void>;
}

/**
 * What can happen to one write.
 * killBefore: the process dies, and the write never leaves it. killAfter: it is done, and the process dies without having
 * seen the answer. loseReply: it is done, and the connection is reset. pause: the process is frozen until its successor
 * has nothing left to do, and then it goes on with this very write. timeout: it is not done, and there is no answer until
 * the deadline. A number: the API server answers with it and does nothing (429 and 503 with Retry-After: 1).
 */
export const modes = ['killBefore', 'killAfter', 'loseReply', 'pause', 409, 422, 429, 500, 503, 'timeout'] as const;

/**
 * What can happen to the API server, or on the way to it, when a write comes, on the real level.
 * cut: the write is done, and every connection of the process is reset. halfOpen: the write is done, and nothing more
 * comes or goes on the connections that are open, of which nobody is told; new ones work. restart: the API server ends,
 * and starts again; the write is not done. expired: the process is frozen and its connections end; meanwhile the API
 * server forgets all that was and is started again, and then the process goes on.
 */
export const outages = ['cut', 'halfOpen', 'restart', 'expired'] as const;
export type Outage = (typeof outages)[number];
export type Mode = (typeof modes)[number] | Outage;

export function isOutage(mode: Mode): mode is Outage {
  return outages.some((outage) => outage === mode);
}

/** Outages that everybody feels who has to do with the same API server. */
export function isForAll(mode: Mode): boolean {
  return mode === 'restart' || mode === 'expired';
}

/** Something that happens to the write with this number, from 1. Writes of Leases and Events have no number. */
export interface Fault {
  readonly at: number;
  readonly mode: Mode;
  /** In real time a write has another number in each run. Where this is given, it tells the write, and `at` is its number in the simulated run. */
  readonly signature?: string;
}

export function isAt({ at, signature }: Fault, write: Pick<Write, 'number' | 'signature'>): boolean {
  return signature === undefined ? at === write.number : signature === write.signature;
}

/**
 * What an instance is shown of the cluster, when that is not everything at once. Positions are those of `history`.
 */
export interface Sight {
  /** Lists and watches show the state after so many revisions, as an API server does that lags, and catch up when the instance has led for this time. GETs of one object are current. */
  readonly frozen?: { readonly after: number; readonly forMs: number };
  /** Revisions of this object in [from, until) are not sent, for a minute at most; then its newest state is sent (or that it is gone). */
  readonly hidden?: { readonly plural: Plural; readonly name: string; readonly from: number; readonly until: number };
}

/** What happens in one run. */
export interface Plan {
  /** None: a run without faults. */
  readonly faults: readonly Fault[];
  /** What the instances see, in the order in which they are started; all others see everything at once. */
  readonly sights?: readonly (Sight | undefined)[];
}

export interface InstanceOptions {
  /** The operator's image setting, which ends up in what it creates. */
  readonly image: string;
  /** Wraps the one function that every request of this instance goes through. */
  readonly intercept: (send: Send) => Send;
  readonly sight?: Sight;
}

/** One process of the operator. */
export interface Instance {
  /** Resolves when it leads and its workers run. Never rejected. */
  readonly leading: Promise<void>;
  /** Resolves when it has ended, by itself (its leadership was lost) or by `kill` or `stop`. */
  readonly ended: Promise<void>;
  /** SIGKILL: nothing that it has not sent yet is ever sent, no timer of it fires, no promise of it settles. The Lease stays behind. */
  kill(): void;
  /** SIGSTOP: no timer fires, no answer is read. What has been sent is on its way. */
  freeze(): void;
  /** SIGCONT: overdue timers fire, answers that have come are read. */
  thaw(): void;
  /** SIGTERM: it ends in order and gives the Lease back. */
  stop(): Promise<void>;
}

/** How long things take on a level, in its own time. */
export interface Pace {
  /** Without a write for this long, the operator has nothing left to do. */
  readonly settleMs: number;
  /** How often it is looked whether there was one. */
  readonly stepMs: number;
  /** How long there must be no write after that. */
  readonly idleMs: number;
  /** How long to wait for a write that was refused with 422 to be made again, where that is longer than `settleMs`. */
  readonly cureMs?: number;
}

/** A world, and what the harness may do to the operators in it. One for each run. */
export interface Site {
  readonly world: World;
  readonly pace: Pace;
  /** Errors that no code of the operator handled: unhandled rejections, uncaught exceptions, unexpected exits. */
  readonly unhandled: readonly string[];
  /** Starts an operator. It waits for the Lease when another one holds it, for as long as it takes. */
  start(options: InstanceOptions): Instance;
  /** Lets it happen to one of its instances, and resolves when it is over. Not every level can. */
  outage?(instance: Instance, outage: Outage): Promise<void>;
  /** What `world.upgrade` does is up to the harness, because it knows which instance runs. */
  onUpgrade(upgrade: (image: string) => Promise<void>): void;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** What will happen in it. */
  readonly plan?: Plan;
  /** Everything random, and the order of what happens at the same time, follows from it (as far as the level can). */
  readonly seed: number;
}

/** The simulated cluster or the real one. */
export interface Level {
  readonly name: 'fast' | 'true';
  /** What it can do to a write. */
  readonly modes: readonly Mode[];
  /** It can show an instance less than there is. */
  readonly hides: boolean;
  /** Its time is everybody's: runs are played side by side, and no two of them are the same. */
  readonly isRealTime: boolean;
  open(options: SiteOptions): Promise<Site>;
}

/** One write that was made, as the seam saw it. */
export interface Write {
  /** From 1, over all instances of a run. */
  readonly number: number;
  readonly instance: number;
  /** `VERB group/resource namespace/name[/status] #occurrence`. */
  readonly signature: string;
  readonly verb: string;
  readonly plural: string;
  readonly name: string;
  /** What the API server answered; undefined when it was never asked, or never answered. 201 is a creation. */
  status: number | undefined;
  /** How many revisions the history had when it was sent. */
  readonly position: number;
}

export interface Violation {
  readonly oracle: string;
  readonly detail: string;
}

/** What one run showed. */
export interface Performance {
  readonly scenario: string;
  readonly seed: number;
  readonly plan: Plan;
  readonly writes: readonly Write[];
  /** The end state, without what differs from run to run: names, times and uids are stable ones. */
  readonly digest: Json;
  /** Deliveries that receivers have taken, by key. */
  readonly effects: Readonly<Record<string, number>>;
  /** How often each object was created and deleted, by whomever. */
  readonly creations: Readonly<Record<string, number>>;
  readonly deletions: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

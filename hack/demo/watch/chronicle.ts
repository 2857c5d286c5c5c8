import { setTimeout as sleep } from 'node:timers/promises';
import { noticeKey } from '../../../operator/controllers/driftpolicy/names.ts';
import { CommandFailed } from '../cluster/execute.ts';
import type { DriftPolicy, ModelDeployment, Stored } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import type { Received } from '../../../test/receivers/receiver.ts';
import type { Tell } from '../narrator.ts';
import type { Receivers } from '../receivers.ts';
import type { AlertRecord, ShareRecord, WindowRecord } from '../record.ts';
import { windowOf, windowText } from './policy.ts';
import type { Followed } from './rollout.ts';

const everyMs = 1_000;
/** The receiver is asked less often: what it has got it keeps. */
const looksPerReceiver = 3;

export interface Watched {
  readonly followed: Followed;
  readonly policy: string;
  readonly receivers: Receivers;
}

/**
 * Keeps looking at a policy, its deployment and the receiver while the story goes on, tells what is new, and remembers it:
 * a status has only the newest window, and only the present share.
 */
export class Chronicle {
  readonly #watched: Watched;
  readonly #tell: Tell;
  readonly #ending = new AbortController();
  #looking: Promise<void> | undefined;
  #looks = 0;
  policy: DriftPolicy | undefined;
  /** The newest episode; a status forgets one that has ended. */
  episode: NonNullable<DriftPolicy['status']>['episode'];
  readonly windows: WindowRecord[] = [];
  readonly shares: ShareRecord[] = [];
  readonly alerts: AlertRecord[] = [];

  constructor(watched: Watched, tell: Tell) {
    this.#watched = watched;
    this.#tell = tell;
  }

  start(): void {
    this.#looking = this.#look();
    // Whoever waits or ends it is told.
    this.#looking.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#looking;
  }

  /** Waits until what has been seen answers the question. */
  async until<T>(what: string, answer: (chronicle: Chronicle) => T | undefined, deadlineMs: number): Promise<T> {
    return Promise.race([
      waitFor(what, () => Promise.resolve(answer(this)), { deadlineMs, everyMs: 250 }),
      // A look that fails for good ends every wait.
      (this.#looking ?? Promise.resolve()).then(() => { throw new Error(`${what}: nobody is looking any more`); }),
    ]);
  }

  /** Alerts of a kind that were taken, by receiver. */
  alertsOf(kind: AlertRecord['kind']): AlertRecord[] {
    return this.alerts.filter((alert) => alert.kind === kind);
  }

  async #look(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#once();
      } catch (error) {
        // An API server may be away for a moment.
        if (!(error instanceof CommandFailed)) throw error;
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #once(): Promise<void> {
    const { followed: { kubectl, deployment }, policy, receivers } = this.#watched;
    // Asked before the policy: a message is on record there before it is sent.
    const received = this.#looks++ % looksPerReceiver === 0 ? await receivers.received() : [];
    const names = [`driftpolicies.modelkeeper.dev/${policy}`, `modeldeployments.modelkeeper.dev/${deployment}`];
    const { items } = await kubectl.json<{ items: Stored[] }>(['get', ...names]);
    for (const one of items) {
      if (isPolicy(one)) this.#sawPolicy(one);
      else if (isDeployment(one)) this.#sawDeployment(one);
    }
    if (this.policy) this.#sawMessages(this.policy, received);
  }

  #sawPolicy(policy: DriftPolicy): void {
    this.policy = policy;
    this.episode = policy.status?.episode ?? this.episode;
    const window = windowOf(policy);
    if (!window || window.end === this.windows.at(-1)?.end) return;
    this.windows.push(window);
    this.#tell('window', windowText(window));
  }

  #sawDeployment({ status }: ModelDeployment): void {
    const { activeVersion, rollout, weight } = status ?? {};
    if (activeVersion === undefined) return;
    const share = { active: activeVersion, ...(rollout ? { candidate: rollout.version } : {}), percent: rollout ? weight?.verified ?? 0 : 0 };
    const last = this.shares.at(-1);
    if (last?.active === share.active && last.candidate === share.candidate && last.percent === share.percent) return;
    this.shares.push({ at: new Date().toISOString(), ...share });
  }

  #sawMessages(policy: DriftPolicy, received: readonly Received[]): void {
    const kinds = kindsByKey(policy);
    // Others were meant for an earlier policy.
    const taken = received.filter(({ at, status }) => at >= Date.parse(policy.metadata.creationTimestamp ?? '') && status < 300);
    for (const { at, kind: receiver, key = '' } of taken.slice(this.alerts.length)) {
      const alert = { at: new Date(at).toISOString(), receiver: receiver === 'slack' ? 'Slack' as const : 'Teams' as const, key, kind: kinds.get(key) };
      this.alerts.push(alert);
      this.#tell('alert', `${alert.receiver} was told: ${alert.kind ?? 'a message that the policy does not know of'}`);
    }
  }
}

/** What each message of a policy tells, by its key. */
export function kindsByKey({ metadata, status }: DriftPolicy): Map<string, NonNullable<AlertRecord['kind']>> {
  return new Map((status?.notices ?? []).flatMap((notice) =>
    notice.receivers.map((receiver) => [noticeKey(metadata, notice, receiver), notice.kind] as const)));
}

function isPolicy(object: Stored): object is DriftPolicy {
  return object.kind === 'DriftPolicy';
}

function isDeployment(object: Stored): object is ModelDeployment {
  return object.kind === 'ModelDeployment';
}

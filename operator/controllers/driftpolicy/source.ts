import type { NoticeFacts, NoticeWant } from '../../notify/notice.ts';
import type { Source } from '../../runtime/controller.ts';
import type { Captured } from '../modeldeployment/panes.ts';

/** What a DriftPolicy needs from outside the API server. */
export interface DriftWant {
  /** The ModelDeployment whose panes it needs, as namespace/name, and how far back. */
  readonly deployment: string;
  readonly retentionMs: number;
  /** What is to be delivered. */
  readonly notices: NoticeWant;
}

export interface DriftFacts {
  readonly captured: Captured;
  readonly deliveries: NoticeFacts;
}

/** When nothing has been fetched or told yet. */
export const noFacts: DriftFacts = { captured: { panes: [], instances: new Set(), completeUntil: 0 }, deliveries: new Map() };

/** Who fetches panes. */
export interface PaneSource {
  capture(deployment: string, retentionMs: number | undefined): void;
  captured(deployment: string): Captured;
}

/** Joins what is fetched from routers and what is told to people. Several policies may watch one ModelDeployment. */
export class DriftSource implements Source<DriftWant, DriftFacts> {
  readonly #panes: PaneSource;
  readonly #deliveries: Source<NoticeWant, NoticeFacts>;
  /** The ModelDeployment of each policy, and how far back each of its policies looks. */
  readonly #deployments = new Map<string, string>();
  readonly #retentions = new Map<string, Map<string, number>>();

  constructor(panes: PaneSource, deliveries: Source<NoticeWant, NoticeFacts>) {
    this.#panes = panes;
    this.#deliveries = deliveries;
  }

  want(key: string, want: DriftWant | undefined): void {
    const before = this.#deployments.get(key);
    if (before !== undefined && before !== want?.deployment) this.#look(before, key, undefined);
    if (want) {
      this.#deployments.set(key, want.deployment);
      this.#look(want.deployment, key, want.retentionMs);
    } else this.#deployments.delete(key);
    this.#deliveries.want(key, want?.notices);
  }

  facts(key: string): DriftFacts {
    return { captured: this.#panes.captured(this.#deployments.get(key) ?? ''), deliveries: this.#deliveries.facts(key) };
  }

  /** Panes are looked at when a window has ended; only deliveries are news. */
  onChange(listener: (key: string) => void): void {
    this.#deliveries.onChange(listener);
  }

  /** Panes are kept for the policy that looks back farthest, and for none when nobody looks. */
  #look(deployment: string, key: string, retentionMs: number | undefined): void {
    const policies = this.#retentions.get(deployment) ?? new Map<string, number>();
    if (retentionMs === undefined) policies.delete(key);
    else policies.set(key, retentionMs);
    if (policies.size === 0) this.#retentions.delete(deployment);
    else this.#retentions.set(deployment, policies);
    this.#panes.capture(deployment, policies.size === 0 ? undefined : Math.max(...policies.values()));
  }
}

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
  readonly #wants = new Map<string, DriftWant>();

  constructor(panes: PaneSource, deliveries: Source<NoticeWant, NoticeFacts>) {
    this.#panes = panes;
    this.#deliveries = deliveries;
  }

  want(key: string, want: DriftWant | undefined): void {
    const before = this.#wants.get(key);
    if (want) this.#wants.set(key, want);
    else this.#wants.delete(key);
    for (const deployment of new Set([before, want].flatMap((one) => one?.deployment ?? []))) this.#panes.capture(deployment, this.#retention(deployment));
    this.#deliveries.want(key, want?.notices);
  }

  facts(key: string): DriftFacts {
    return { captured: this.#panes.captured(this.#wants.get(key)?.deployment ?? ''), deliveries: this.#deliveries.facts(key) };
  }

  /** Panes are looked at when a window has ended; only deliveries are news. */
  onChange(listener: (key: string) => void): void {
    this.#deliveries.onChange(listener);
  }

  #retention(deployment: string): number | undefined {
    const wanted = [...this.#wants.values()].filter((want) => want.deployment === deployment).map(({ retentionMs }) => retentionMs);
    return wanted.length === 0 ? undefined : Math.max(...wanted);
  }
}

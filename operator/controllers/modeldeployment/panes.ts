import type { Pane, Panes } from '../../dataplane/routing.ts';

/** A pane and the router process that counted it: no process counts a pane twice, so sums over instances are exact. */
export interface HeldPane {
  readonly instance: string;
  readonly pane: Pane;
}

/** What is known of the panes of one ModelDeployment's routers. */
export interface Captured {
  readonly panes: readonly HeldPane[];
  /** Router processes that were there when they were last asked. */
  readonly instances: ReadonlySet<string>;
  /** Every router that takes requests has told all it counted before this time, in milliseconds since the epoch. */
  readonly completeUntil: number;
}

/** How a pane is told from all others. */
export function paneKey({ instance, pane }: HeldPane): string {
  return `${instance} ${pane.version} ${pane.baseline} ${pane.start}`;
}

/** The panes of the routers of one ModelDeployment. Routers that are gone keep theirs here until they are too old. */
export class PaneStore {
  readonly #panes = new Map<string, HeldPane>();

  /** A newer copy of a pane takes the place of an older one, so that nothing is counted twice however often it is told. */
  take({ instance, list }: Pick<Panes, 'instance' | 'list'>): void {
    for (const pane of list) this.#panes.set(paneKey({ instance, pane }), { instance, pane });
  }

  /** Lets go of panes that began before a time. */
  forgetBefore(ms: number): void {
    for (const [key, { pane }] of this.#panes) if (pane.start < ms) this.#panes.delete(key);
  }

  list(): readonly HeldPane[] {
    return [...this.#panes.values()];
  }
}

import { gunzipSync, gzipSync } from 'node:zlib';
import type { Pane, Panes } from '../../dataplane/routing.ts';

/**
 * A pane and the router process that counted it: no process counts a pane twice, so sums over instances are exact. Its
 * counts lie packed, in a tenth of the memory, because there are many panes and each is looked at once a window.
 */
export interface HeldPane extends Pick<Pane, 'version' | 'baseline' | 'start'> {
  readonly instance: string;
  readonly open: () => Pane;
}

/** What is known of the panes of one ModelDeployment's routers. */
export interface Captured {
  readonly panes: readonly HeldPane[];
  /** Router processes that were there when they were last asked. */
  readonly instances: ReadonlySet<string>;
  /** Every router that takes requests has told all it counted before this time, in milliseconds since the epoch. */
  readonly completeUntil: number;
}

export function held(instance: string, { version, baseline, start }: Pick<Pane, 'version' | 'baseline' | 'start'>, open: () => Pane): HeldPane {
  return { instance, version, baseline, start, open };
}

/** How a pane is told from all others. */
export function paneKey({ instance, version, baseline, start }: HeldPane): string {
  return `${instance} ${version} ${baseline} ${start}`;
}

/** The panes of the routers of one ModelDeployment. Routers that are gone keep theirs here until they are too old. */
export class PaneStore {
  readonly #panes = new Map<string, HeldPane>();

  /** A newer copy of a pane takes the place of an older one, so that nothing is counted twice however often it is told. */
  take({ instance, list }: Pick<Panes, 'instance' | 'list'>): void {
    for (const pane of list) {
      const one = held(instance, pane, packed(pane));
      this.#panes.set(paneKey(one), one);
    }
  }

  /** Lets go of panes that began before a time. */
  forgetBefore(ms: number): void {
    for (const [key, { start }] of this.#panes) if (start < ms) this.#panes.delete(key);
  }

  list(): readonly HeldPane[] {
    return [...this.#panes.values()];
  }
}

/** The fastest level: counts are small numbers in any case. What was checked when it came is as it was. */
function packed(pane: Pane): () => Pane {
  const bytes = gzipSync(JSON.stringify(pane), { level: 1 });
  return () => JSON.parse(gunzipSync(bytes).toString()) as Pane;
}

import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { Pane } from '../../dataplane/routing.ts';
import { cellCount } from '../../profile/cells.ts';
import type { Bins, WindowCounts } from '../../profile/format.ts';
import { addOutcomes, emptyWindow, mergeWindows } from '../../profile/window.ts';
import { held, paneKey, type Captured, type HeldPane } from '../modeldeployment/panes.ts';

/** A larger text is cut at its old end: the window is then incomplete, but a ConfigMap can hold it. */
export const maxCarriedBytes = 256 * 1024;

const Carried = z.array(z.object({ instance: z.string(), pane: Pane }));

/** All panes there are: those that were fetched, and those that were kept of routers which are gone. */
export function union(captured: Captured, kept: readonly HeldPane[]): HeldPane[] {
  return [...new Map([...kept, ...captured.panes].map((held) => [paneKey(held), held])).values()];
}

/** The panes that no router can tell again, from `since` on, in an order that does not depend on how they came. */
export function carried(captured: Captured, kept: readonly HeldPane[], since: number): HeldPane[] {
  return union(captured, kept)
    .filter(({ instance, start }) => !captured.instances.has(instance) && start >= since)
    .sort((a, b) => a.start - b.start || (paneKey(a) < paneKey(b) ? -1 : 1));
}

/** The panes as a ConfigMap holds them; the oldest are left out when they do not fit. */
export function packPanes(panes: readonly HeldPane[]): string {
  const packed = gzipSync(JSON.stringify(panes.map(({ instance, open }) => ({ instance, pane: open() }))));
  return packed.length <= maxCarriedBytes ? packed.toString('base64') : packPanes(panes.slice(Math.ceil(panes.length / 4)));
}

/** What `packPanes` made; nothing when it was altered. */
export function unpackPanes(text: string | undefined): HeldPane[] {
  if (text === undefined) return [];
  try {
    const carried = Carried.parse(JSON.parse(gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: 64 * 1024 * 1024 }).toString()));
    return carried.map(({ instance, pane }) => held(instance, pane, () => pane));
  } catch {
    return [];
  }
}

export interface Stretch {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

/** What the routers counted of one version in a stretch of time. */
export interface WindowSum {
  readonly counts: WindowCounts;
  /** Requests that should have been counted and were not. */
  readonly lost: number;
}

/** Adds up the panes of a version that begin in the stretch. Features count only in panes of this baseline, labels in all. */
export function windowSum(panes: readonly HeldPane[], of: Stretch & { readonly version: string; readonly baseline: string }, bins: readonly Bins[]): WindowSum {
  const within = panes.filter(({ version, start }) => version === of.version && start >= of.start && start < of.end).map(({ open }) => open());
  const counts = within.reduce((sum, pane) => (pane.baseline === of.baseline && fits(pane, bins)
    ? mergeWindows(sum, { rows: pane.rows, features: pane.features, outcomes: pane.outcomes })
    : { ...sum, outcomes: addOutcomes(sum.outcomes, pane.outcomes) }), emptyWindow(bins));
  return { counts, lost: within.reduce((sum, { dropped, unreadable }) => sum + dropped + unreadable, 0) };
}

/** Counts in other cells than the baseline's would be added to the wrong ones. */
function fits({ features }: Pane, bins: readonly Bins[]): boolean {
  return features.length === bins.length && bins.every((one, at) => features[at]?.counts.length === cellCount(one));
}

import { baselineOf, type Baseline } from '../../../../operator/router/capture/baseline.ts';
import { PaneRing } from '../../../../operator/router/capture/panes.ts';
import { defaultPaneMs, paneStart, type RouterConfig } from '../../../../operator/dataplane/routing.ts';
import { categoryCells, cellOf } from '../../../../operator/profile/cells.ts';
import type { Bins } from '../../../../operator/profile/format.ts';
import type { Window } from '../../../../operator/router/counts.ts';
import type { Requests } from '../../world.ts';

/** Rows of one request. */
const rows = 10;
/** Whatever is above is fraud, and every model finds it. */
const fraud = 80;

/** As in the baseline, a tenth in each cell, or all in the last ones; never on an edge. */
function amountOf(amounts: Requests['amounts'], turn: number, row: number): number {
  if (amounts === 'large') return 85.5 + ((turn * 7 + row * 3) % 14);
  return row === 0 ? 0 : row * 10 - 9.5 + (turn % 9);
}

function cellOfRow(bins: Bins, amount: number, row: number): number {
  return bins.type === 'Numeric' ? cellOf(bins, amount) : categoryCells(bins)(row < 6 ? 'app' : 'web');
}

/** Counts requests as a router does: those that are answered with their rows and labels, in the panes of their version. */
export class Counter {
  readonly panes = new PaneRing({ added: () => undefined, dropped: () => undefined });
  #baselines: readonly Baseline[] = [];
  #config: RouterConfig | undefined;
  #turns = 0;

  configure(config: RouterConfig): void {
    const known = this.#baselines;
    this.#config = config;
    this.#baselines = (config.capture?.baselines ?? []).map(({ version, digest, features }) =>
      known.find((one) => one.version === version && one.digest === digest) ?? baselineOf(version, digest, features));
  }

  /** One request to a version, at a time. */
  count(version: string, at: { readonly nowMs: number; readonly window: Window; readonly amounts: Requests['amounts']; readonly fails: boolean }): void {
    const turn = this.#turns++;
    at.window.countRequest(version, at.fails);
    if (at.fails) return;
    const amounts = Array.from({ length: rows }, (_, row) => amountOf(at.amounts, turn, row));
    const outcomes = amounts.map((amount) => (amount > fraud ? 'truePositive' as const : 'trueNegative' as const));
    const labelled = this.#config?.feedback === true;
    if (labelled) for (const outcome of outcomes) at.window.countLabel(version, outcome);
    if (this.#config?.capture === undefined) return;
    const baseline = this.#baselines.find((one) => one.version === version) ?? baselineOf(version, '', []);
    if (baseline.features.length === 0 && !labelled) return;
    const { paneMs } = this.#config.capture;
    this.panes.count({ baseline, start: paneStart(at.nowMs, paneMs || defaultPaneMs) }, paneMs, (tally) => {
      if (labelled) for (const outcome of outcomes) tally.outcomes[outcome] += 1;
      if (baseline.features.length === 0) return;
      tally.rows += rows;
      for (const [index, bins] of baseline.features.entries()) {
        const from = baseline.offsets[index] ?? 0;
        for (const [row, amount] of amounts.entries()) {
          const cell = from + cellOfRow(bins, amount, row);
          tally.cells[cell] = (tally.cells[cell] ?? 0) + 1;
        }
      }
    });
  }
}

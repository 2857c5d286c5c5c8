import type { MessagePort, WorkerOptions } from 'node:worker_threads';
import type { Bins } from '../../profile/format.ts';
import { rowCounter, type RowCounter } from './rows.ts';

/** How `main.ts` is started as a thread that runs `countBatches`. A batch of 1 MiB takes a few times its size. */
export const captureThread: WorkerOptions = { argv: ['capture-thread'], resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 6 } };

/** Request bodies for the thread that counts them. */
export interface Batch {
  /** What ids stand for from now on. */
  readonly define: readonly { readonly id: number; readonly features: readonly Bins[] }[];
  /** Ids that are not used any more. */
  readonly forget: readonly number[];
  /** The bodies, one after another. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly samples: readonly { readonly id: number; readonly bytes: number }[];
}

/** What was counted, by the samples of the batch. */
export interface Report {
  /** Rows of each sample; -1 for one that could not be read. */
  readonly rows: readonly number[];
  /** Where the cells of each sample end in `cells`; they begin where those of the one before end. */
  readonly ends: readonly number[];
  readonly cells: Uint32Array<ArrayBuffer>;
}

/** Answers each batch with a report, for as long as the port is open. */
export function countBatches(port: MessagePort): void {
  const counters = new Map<number, RowCounter>();
  port.on('message', (batch: Batch) => {
    for (const { id, features } of batch.define) counters.set(id, rowCounter(features));
    for (const id of batch.forget) counters.delete(id);
    const report = countBatch(batch, counters);
    port.postMessage(report, [report.cells.buffer]);
  });
}

function countBatch({ bytes, samples }: Batch, counters: ReadonlyMap<number, RowCounter>): Report {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cells: number[] = [];
  const rows: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const sample of samples) {
    const body = text.toString('utf8', at, at += sample.bytes);
    rows.push(counters.get(sample.id)?.(body, cells) ?? -1);
    ends.push(cells.length);
  }
  return { rows, ends, cells: new Uint32Array(cells) };
}

import { answering } from '../../faults/answering.ts';
import { nameOf } from '../generate/schema.ts';
import { admissionOf } from './admission.ts';
import { leafReport, leaves, type LeafReport } from './leaves.ts';
import { judgeOf } from './oracles.ts';
import { subjectOf } from './subjects/index.ts';
import { walksReport, type WalksReport } from './walks.ts';

/** Work for a process of its own, because simulated time is the time of a whole process. `scenario` is the kind. */
export type Task = { readonly scenario: string; readonly seed: number } & (
  | { readonly kind: 'leaves'; readonly names: readonly string[]; readonly each: number }
  | { readonly kind: 'walks'; readonly count: number });

export interface Answers {
  readonly leaves: readonly LeafReport[];
  readonly walks: WalksReport;
}

async function answer(task: Task): Promise<Answers[Task['kind']]> {
  const subject = subjectOf(task.scenario);
  const { seed } = task;
  const with_ = { admit: admissionOf(subject.kind), judge: judgeOf(subject, seed), seed };
  if (task.kind === 'walks') return walksReport(subject, { ...with_, count: task.count });
  const reports: LeafReport[] = [];
  for (const leaf of leaves(subject.kind)) if (task.names.includes(nameOf(leaf))) reports.push(await leafReport(subject, leaf, { ...with_, each: task.each }));
  return reports;
}

answering<Answers, Task>(answer);

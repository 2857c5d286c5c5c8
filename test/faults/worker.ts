import { answering } from './answering.ts';
import { levelOf } from './levels.ts';
import type { Reference } from './oracles.ts';
import { scenarioOf } from './scenarios/index.ts';
import { explore, judge, type Course } from './suite.ts';
import type { Level, Plan, Violation } from './world.ts';

/** Work for a process of its own: simulated time is the time of a whole process, so each plays one run at a time there. */
export type Task = { readonly scenario: string; readonly level: Level['name'] } & (
  | { readonly kind: 'explore'; readonly seed: number }
  | { readonly kind: 'judge'; readonly reference: Reference; readonly plans: readonly Plan[] });

export interface Answers {
  readonly explore: Course;
  readonly judge: readonly (readonly Violation[])[];
}

async function answer(task: Task): Promise<Answers[Task['kind']]> {
  const scenario = scenarioOf(task.scenario);
  const level = await levelOf(task.level);
  if (task.kind === 'explore') return explore(scenario, level, task.seed);
  const found: Violation[][] = [];
  for (const plan of task.plans) found.push(await judge(scenario, level, plan, task.reference));
  return found;
}

answering<Answers, Task>(answer);

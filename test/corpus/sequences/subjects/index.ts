import type { Subject } from '../subject.ts';
import { deployment } from './deployment.ts';
import { pipeline } from './pipeline.ts';
import { policy } from './policy.ts';
import { run } from './run.ts';
import { modelVersion } from './version.ts';

export const subjects: readonly Subject[] = [pipeline, run, modelVersion, deployment, policy];

export function subjectOf(kind: string): Subject {
  const found = subjects.find((subject) => subject.kind === kind);
  if (found === undefined) throw new Error(`there is no subject of kind ${kind}`);
  return found;
}

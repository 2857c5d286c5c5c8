import { writeFile } from 'node:fs/promises';
import type { ReplayTotals } from './story/replay.ts';

export type Example = 'fraud' | 'diagnosis';
/** A second model that is worse: seen in the evaluation already, or only on live requests. */
export type Worse = 'offline' | 'online';

type ByVersion = Readonly<Record<string, number>>;

/** A kubectl, and the cluster it is to speak to; without a file, kubectl looks for the context itself. */
export interface ClusterAccess {
  readonly kubectl: string;
  readonly kubeconfig?: string;
  readonly context: string;
}

interface Cost {
  readonly writes: number;
  readonly reads: number;
}

export interface VersionRecord {
  readonly name: string;
  readonly digest: string;
  readonly uri: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly ready: boolean;
}

export interface RunRecord {
  readonly name: string;
  readonly jobs: readonly { readonly name: string; readonly start: string; readonly end: string }[];
}

/** What the demo has seen, for a script that confirms it from the cluster. */
export interface DemoRecord {
  readonly example: Example;
  readonly seed: number;
  readonly worse?: Worse;
  /** How the cluster is reached. */
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly deployment: string;
  readonly activeVersion: string;
  readonly versions: readonly VersionRecord[];
  readonly runs: readonly RunRecord[];
  /** What the clients counted. */
  readonly client: ReplayTotals;
  /** What the routers counted, together. */
  readonly routers: { readonly byVersion: ByVersion };
  /** When a version was given up, and when no router sent it requests any more. */
  readonly rollout?: { readonly verdictAt: string; readonly zeroAt: string; readonly seconds: number; readonly step: number; readonly reason: string };
  readonly specGeneration: { readonly before: number; readonly after: number };
  readonly times: Readonly<Record<string, number>>;
  /** Requests of the operator to the API server: of the first run, of the first rollout, of the second rollout. */
  readonly api: Readonly<Record<string, Cost>>;
  readonly operatorBytes: number;
}

export async function writeRecord(file: string, record: DemoRecord): Promise<void> {
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
}

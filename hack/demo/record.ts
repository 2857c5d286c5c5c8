import { writeFile } from 'node:fs/promises';
import type { CheckStatus, DriftPolicyStatus, NoticeRecord } from '../../operator/api/v1alpha1/driftpolicy.ts';
import type { SinkType } from '../../operator/notify/notice.ts';
import type { Bins, FeatureCounts } from '../../operator/profile/format.ts';
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
  readonly createdAt: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics of the version that served, on the same data. */
  readonly champion?: { readonly version: string; readonly metrics: Readonly<Record<string, number>> } | undefined;
  readonly ready: boolean;
}

export interface RunRecord {
  readonly name: string;
  readonly jobs: readonly { readonly name: string; readonly start: string; readonly end: string }[];
}

/** A window that the policy has judged, as its status told it. */
export interface WindowRecord {
  readonly start: string;
  readonly end: string;
  readonly version: string;
  readonly drifted: boolean;
  readonly checks: readonly Pick<CheckStatus, 'name' | 'state' | 'value' | 'threshold' | 'samples' | 'worst' | 'message'>[];
}

/** A message that the receiver has taken. */
export interface AlertRecord {
  readonly at: string;
  readonly receiver: SinkType;
  /** The same for every try of one message. */
  readonly key: string;
  /** What it tells, by the status of the policy; undefined for a message that the policy does not know of. */
  readonly kind?: NoticeRecord['kind'] | undefined;
}

/** What clients had seen by a time. */
export interface ClientRecord {
  readonly at: string;
  /** Recall over the labels of the last day, by version. */
  readonly recall: ByVersion;
  readonly byVersion: ByVersion;
}

/** The share of the requests that every router has confirmed for the newer version. */
export interface ShareRecord {
  readonly at: string;
  readonly active: string;
  readonly candidate?: string;
  readonly percent: number;
}

/** In what an episode was found, as the operator has left it in a ConfigMap. */
export interface Evidence {
  readonly policy: string;
  readonly version: string;
  readonly baselineDigest: string;
  readonly window: { readonly start: string; readonly end: string };
  readonly rows: { readonly baseline: number; readonly window: number };
  readonly features: readonly (Bins & { readonly baseline: FeatureCounts; readonly window: FeatureCounts })[];
}

/** The loop from the first window to the last. */
export interface LoopRecord {
  readonly policy: { readonly name: string; readonly uid: string };
  /** When the world began, and when the new pattern of fraud did. */
  readonly began: string;
  readonly pattern?: string;
  readonly windows: readonly WindowRecord[];
  readonly shares: readonly ShareRecord[];
  readonly clients: readonly ClientRecord[];
  readonly alerts: readonly AlertRecord[];
  readonly episode?: NonNullable<DriftPolicyStatus['episode']>;
  readonly lastEpisode?: NonNullable<DriftPolicyStatus['lastEpisode']>;
  readonly retraining?: NonNullable<DriftPolicyStatus['loop']>;
  readonly evidence?: Evidence;
}

/** What the demo has seen, for a script that confirms it from the cluster. */
export interface DemoRecord {
  readonly example: Example;
  readonly seed: number;
  readonly worse?: Worse;
  /** Whether a new pattern of fraud appeared. */
  readonly drift: boolean;
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
  readonly loop?: LoopRecord;
  readonly specGeneration: { readonly before: number; readonly after: number };
  readonly times: Readonly<Record<string, number>>;
  /** Requests of the operator to the API server: of the first run, of the first rollout, of the second rollout. */
  readonly api: Readonly<Record<string, Cost>>;
  readonly operatorBytes: number;
}

export async function writeRecord(file: string, record: DemoRecord): Promise<void> {
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
}

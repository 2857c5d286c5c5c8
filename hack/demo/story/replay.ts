import { CommandFailed } from '../cluster/execute.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { Pod } from '../cluster/objects.ts';
import { waitFor } from '../cluster/wait.ts';
import { NotAsPromised } from '../promise.ts';
import { manifests, setArgument, type JobManifest } from './manifests.ts';

type ByVersion = Readonly<Record<string, number>>;

/** What the replay writes each second, as totals until then. */
export interface ReplayLine {
  readonly second: number;
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  readonly byVersion: ByVersion;
  readonly labels: number;
  readonly recall: ByVersion;
  /** RFC 3339. */
  readonly time: string;
  /** Number of the day of the simulation, from 1, and whether the new pattern of fraud goes on. */
  readonly day: number;
  readonly pattern: boolean;
  /** Recall over the labels of the last day. */
  readonly lastDay: ByVersion;
}

/** What the replay writes first: when its days begin, and when the new pattern of fraud does. */
export interface World {
  readonly begin: string;
  readonly daySeconds: number;
  readonly pattern: string | null;
}

/** What the replay writes at its end. */
export interface ReplayTotals {
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  readonly byVersion: ByVersion;
  readonly labels: number;
  readonly recall: ByVersion;
  readonly unsent: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly labelErrors: Readonly<Record<string, number>>;
}

/** How the simulation goes on. */
export interface Future {
  /** That of the past days. */
  readonly seed: number;
  /** After how many of the coming days the new pattern of fraud begins; never when left out. */
  readonly patternAfter?: number;
}

const container = 'replay';
/** Longer than any demo takes: the replay ends when it is told to. */
const longest = '3600';

type Line = ReplayLine | World | { readonly totals: ReplayTotals };

/** The newest complete line of a replay's log; undefined when it has written none. */
export function newestLine(log: string): ReplayLine | undefined {
  return linesOf(log).at(-1);
}

export function linesOf(log: string): ReplayLine[] {
  return records(log).filter((record): record is ReplayLine => 'second' in record);
}

export function totalsOf(log: string): ReplayTotals | undefined {
  return records(log).flatMap((record) => ('totals' in record ? [record.totals] : [])).at(-1);
}

export function worldOf(log: string): World | undefined {
  return records(log).find((record): record is World => 'begin' in record);
}

function records(log: string): Line[] {
  return log.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as Line] : [];
    } catch {
      return []; // The end of the log, while it is being written.
    }
  });
}

/** All that a replay has said. */
export interface ReplayStory {
  readonly world: World;
  readonly lines: readonly ReplayLine[];
  readonly totals: ReplayTotals;
}

/** The client of the fraud example, which runs in the cluster. */
export class Replay {
  readonly #kubectl: Kubectl;

  constructor(kubectl: Kubectl) {
    this.#kubectl = kubectl;
  }

  /** Returns when the first requests have been answered. */
  async start(image: string, { seed, patternAfter }: Future): Promise<ReplayLine> {
    const jobs = manifests<JobManifest>('fraud/replay-job.yaml', image);
    for (const job of jobs) {
      setArgument(job, 'duration', longest);
      setArgument(job, 'seed', String(seed));
      setArgument(job, 'pattern-after', String(patternAfter ?? -1));
    }
    await this.#kubectl.apply(jobs);
    return waitFor('the first answers to the replay', async () => {
      const line = await this.newest();
      return line && line.ok > 0 ? line : undefined;
    }, { deadlineMs: 180_000 });
  }

  async newest(): Promise<ReplayLine | undefined> {
    return newestLine(await this.#log(2));
  }

  /** Tells it to end, and returns what it has said when its pod has ended by itself. */
  async end(): Promise<ReplayStory> {
    const { metadata } = await this.#pod();
    await this.#kubectl.run(['exec', metadata.name, '--container', container, '--', 'sh', '-c', 'kill -TERM 1']);
    const phase = await waitFor('the end of the replay', async () => {
      const { status } = await this.#pod();
      return status.phase === 'Running' ? undefined : status.phase;
    }, { deadlineMs: 60_000 });
    const log = await this.#log();
    const [world, totals] = [worldOf(log), totalsOf(log)];
    if (phase !== 'Succeeded' || !totals || !world) throw new NotAsPromised(`the replay ended with ${phase} and ${totals ? 'its' : 'no'} totals`);
    return { world, lines: linesOf(log), totals };
  }

  async #log(tail?: number): Promise<string> {
    try {
      return await this.#kubectl.logs((await this.#pod()).metadata.name, container, tail);
    } catch (error) {
      if (error instanceof CommandFailed && error.message.includes('is waiting to start')) return '';
      throw error;
    }
  }

  async #pod(): Promise<Pod> {
    const [pod] = await this.#kubectl.list<Pod>('pods', 'batch.kubernetes.io/job-name=fraud-replay');
    if (!pod) throw new CommandFailed('the replay has no pod');
    if (pod.status.phase === 'Failed') throw new NotAsPromised(`the pod ${pod.metadata.name} of the replay failed`);
    return pod;
  }
}

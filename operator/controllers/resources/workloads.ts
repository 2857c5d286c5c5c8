import { z } from 'zod';
import type { Meta, Resource, Stored } from '../../runtime/kind.ts';
import { ourSelector } from '../../runtime/names.ts';

export interface StoredJob extends Stored {
  /** How the Job ended. A Job that bears both conditions counts as failed. */
  readonly ended?: 'Complete' | 'Failed';
  /** When, in milliseconds since 1970. */
  readonly endedAt?: number;
  /** Reason of the Failed condition, such as DeadlineExceeded. */
  readonly reason?: string;
}

const jobStatus = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().default(''), lastTransitionTime: z.string().default('') })).default([]),
  }),
});

export const Job: Resource<StoredJob> = {
  group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs',
  selector: ourSelector,
  project: (metadata, live) => {
    const conditions = (jobStatus.safeParse(live).data?.status.conditions ?? []).filter(({ status }) => status === 'True');
    const failed = conditions.find(({ type }) => type === 'Failed');
    const end = failed ?? conditions.find(({ type }) => type === 'Complete');
    if (!end) return { metadata };
    const endedAt = Date.parse(end.lastTransitionTime) || 0;
    return failed ? { metadata, ended: 'Failed', endedAt, reason: failed.reason } : { metadata, ended: 'Complete', endedAt };
  },
};

/**
 * Jobs and pods are told by separate watches. For this long after a Job has ended its pod may yet show up, or show how it
 * ended; only then is it lost. It is longer than it takes to find out that a watch has died in silence, and to open another.
 */
export const podLagMs = 90_000;

/** Whether a Job has only just ended and none of its pods shows up. */
export function isPodLate(job: StoredJob, pod: StoredPod | undefined, now: number): boolean {
  return !pod && now - (job.endedAt ?? 0) < podLagMs;
}

/** Whether all containers of a pod have ended. */
export function podEnded({ phase }: Pick<StoredPod, 'phase'>): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Label that the Job controller puts on a Job's pods. */
export const jobUidLabel = 'batch.kubernetes.io/controller-uid';

export interface ContainerState {
  readonly name: string;
  readonly waiting?: string;
  readonly running?: boolean;
  readonly exit?: { readonly code: number; readonly reason: string; readonly message: string };
}

export interface StoredPod extends Stored {
  readonly ip?: string;
  readonly ready: boolean;
  readonly phase: string;
  readonly containers: readonly ContainerState[];
  /** Why the pod has no node, if it has none. */
  readonly unschedulable?: string;
}

const containerStatus = z.object({
  name: z.string(),
  state: z.object({
    waiting: z.object({ reason: z.string().default('') }).optional(),
    running: z.object({}).optional(),
    terminated: z.object({ exitCode: z.number(), reason: z.string().default(''), message: z.string().default('') }).optional(),
  }).default({}),
});
const podShape = z.object({
  status: z.object({
    phase: z.string().default('Pending'),
    podIP: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().default(''), message: z.string().default('') })).default([]),
    initContainerStatuses: z.array(containerStatus).default([]),
    containerStatuses: z.array(containerStatus).default([]),
  }),
});

export const Pod: Resource<StoredPod> = {
  group: '', version: 'v1', kind: 'Pod', plural: 'pods',
  selector: ourSelector,
  project: (metadata: Meta, live) => {
    const status = podShape.safeParse(live).data?.status;
    if (!status) return { metadata, ready: false, phase: 'Pending', containers: [] };
    const scheduled = status.conditions.find(({ type }) => type === 'PodScheduled');
    return {
      metadata,
      phase: status.phase,
      ready: status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      ...(status.podIP === undefined ? {} : { ip: status.podIP }),
      containers: [...status.initContainerStatuses, ...status.containerStatuses].map(containerState),
      ...(scheduled?.status === 'False' && scheduled.reason === 'Unschedulable' ? { unschedulable: scheduled.message.slice(0, 200) } : {}),
    };
  },
};

function containerState({ name, state }: z.infer<typeof containerStatus>): ContainerState {
  const { waiting, running, terminated } = state;
  return {
    name,
    ...(waiting ? { waiting: waiting.reason } : {}),
    ...(running ? { running: true } : {}),
    ...(terminated ? { exit: { code: terminated.exitCode, reason: terminated.reason, message: terminated.message } } : {}),
  };
}

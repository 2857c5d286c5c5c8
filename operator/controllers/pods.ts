import type { Container } from '../api/v1alpha1/shared.ts';
import { paths, taskVariable, type Task } from '../dataplane/task.ts';
import type { Json } from '../runtime/kind.ts';
import { managedBy, managedByLabel } from '../runtime/names.ts';
import { canonicalQuantity } from '../runtime/quantity.ts';
import { labels } from './labels.ts';
import type { StoredClaim } from './resources/objects.ts';

/** User and group of every container in our pods; never 0, and fsGroup lets it write to volumes. */
const uid = 65_532;

/** Pod settings under which the Pod Security standard `restricted` admits the pod. */
export const restrictedPod: Json = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

const restricted: Json = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };

/** Container settings for our own images, which need to write nowhere but to their volumes. */
export const readOnlyContainer: Json = { ...restricted, readOnlyRootFilesystem: true };

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

const copyingResources: Json = { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } };
/** To count the rows of a table takes more than to copy a file; what does not fit the memory goes to the work volume. */
export const profileResources: Json = { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } };

/** A container of the operator's image that does one task and ends. */
export function agentContainer(image: string, task: Task, mounts: readonly Mount[], resources = copyingResources): Json {
  return {
    name: task.verb,
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['agent', task.verb],
    env: [{ name: taskVariable, value: JSON.stringify(task) }],
    resources,
    securityContext: readOnlyContainer,
    terminationMessagePath: paths.terminationLog,
    terminationMessagePolicy: 'File',
    volumeMounts: mounts,
  };
}

/** A container of the user. Our variables come last, so that they hold. What the API server would not store, such as an empty value, is left out. */
export function userContainer(name: string, container: Container, extra: { readonly mounts: readonly Mount[]; readonly env: readonly Json[] }): Json {
  return {
    name,
    image: container.image,
    imagePullPolicy: 'IfNotPresent',
    ...(container.command.length > 0 ? { command: container.command } : {}),
    ...(container.args.length > 0 ? { args: container.args } : {}),
    ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
    env: [...container.env.map(({ name: variable, value }) => ({ name: variable, ...(value === '' ? {} : { value }) })), ...extra.env],
    resources: { ...amounts('requests', container.resources?.requests), ...amounts('limits', container.resources?.limits) },
    securityContext: restricted,
    volumeMounts: extra.mounts,
  };
}

function amounts(name: 'requests' | 'limits', given: Readonly<Record<string, number | string>> = {}): Json {
  return Object.keys(given).length === 0 ? {} : { [name]: quantities(given) };
}

/** Quantities as the API server writes them, so that what is sent equals what is stored. */
export function quantities(amounts: Readonly<Record<string, number | string>>): Json {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, canonicalQuantity(String(amount))]));
}

/** The volume of a claim. */
export function claimVolume(name: string, claimName: string, readOnly = false): Json {
  return { name, persistentVolumeClaim: readOnly ? { claimName, readOnly: true } : { claimName } };
}

/**
 * Puts pods that mount the same claim on one node, unless the claim can be mounted on several. The term also matches
 * the pod itself, so the first one is placed freely. Pods of the claims in `near` cannot be demanded, for there may be
 * none: their node is preferred.
 */
export function storeAffinity(claim: StoredClaim | undefined, claimName: string, near: readonly string[] = []): Json {
  const required = claim?.shared === true ? {} : { requiredDuringSchedulingIgnoredDuringExecution: [besidePodsOf(claimName)] };
  const preferred = near.length === 0 ? {} : {
    preferredDuringSchedulingIgnoredDuringExecution: near.map((name) => ({ weight: 100, podAffinityTerm: besidePodsOf(name) })),
  };
  const podAffinity = { ...required, ...preferred };
  return Object.keys(podAffinity).length === 0 ? {} : { affinity: { podAffinity } };
}

function besidePodsOf(claimName: string): Json {
  return { labelSelector: { matchLabels: { [labels.store]: claimName } }, topologyKey: 'kubernetes.io/hostname' };
}

interface JobParts {
  /** Labels of the pod, besides those that every pod of ours has. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly activeDeadlineSeconds: number;
  readonly claimName: string;
  readonly claim: StoredClaim | undefined;
  /** Other claims that cannot be mounted on several nodes. */
  readonly near?: readonly string[];
  /** Containers and volumes. */
  readonly pod: Json;
}

/** Spec of a Job with one pod and no retries of its own; evictions and lost nodes do not count as failures. */
export function jobSpec({ labels: own, annotations, activeDeadlineSeconds, claimName, claim, near, pod }: JobParts): Json {
  return {
    backoffLimit: 0,
    activeDeadlineSeconds,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
    template: {
      metadata: { labels: { ...own, [managedByLabel]: managedBy, [labels.store]: claimName }, ...(annotations ? { annotations } : {}) },
      spec: { ...restrictedPod, ...storeAffinity(claim, claimName, near), restartPolicy: 'Never', ...pod },
    },
  };
}

import { connect, type ConnectedCluster } from '../../../operator/kube/cluster.ts';
import { openTransport, type Transport } from '../../../operator/kube/transport.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json, Resource, Stored } from '../../../operator/runtime/kind.ts';
import { silent } from '../apiserver.ts';

/** An object of which everything is kept. */
export interface Whole extends Stored {
  readonly live: Json;
}

function whole(group: string, version: string, kind: string, plural: string): Resource<Whole> {
  return { group, version, kind, plural, project: (metadata, live) => ({ metadata, live }) };
}

const ours = (kind: string, plural: string): Resource<Whole> => whole('modelkeeper.dev', 'v1alpha1', kind, plural);

export const Pod = whole('', 'v1', 'Pod', 'pods');
export const Job = whole('batch', 'v1', 'Job', 'jobs');
export const Pipeline = ours('Pipeline', 'pipelines');
export const PipelineRun = ours('PipelineRun', 'pipelineruns');
export const ModelVersion = ours('ModelVersion', 'modelversions');
export const ModelDeployment = ours('ModelDeployment', 'modeldeployments');
export const DriftPolicy = ours('DriftPolicy', 'driftpolicies');
export const Deployment = whole('apps', 'v1', 'Deployment', 'deployments');
export const Service = whole('', 'v1', 'Service', 'services');
export const ConfigMap = whole('', 'v1', 'ConfigMap', 'configmaps');
export const NetworkPolicy = whole('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies');
export const ControllerRevision = whole('apps', 'v1', 'ControllerRevision', 'controllerrevisions');
export const PersistentVolumeClaim = whole('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');

/** Kinds that the operator's controllers look after. */
export const ourKinds = [Pipeline, PipelineRun, ModelVersion, ModelDeployment, DriftPolicy];
/** Kinds of the children that are kept in repair. */
export const appliedKinds = [Deployment, Service, ConfigMap, NetworkPolicy];
const watched = [...ourKinds, ...appliedKinds, Pod, Job, ControllerRevision, PersistentVolumeClaim];

/** Sees everything that happens in the cluster, so that a test can wait for what it is about. */
export class Watching {
  readonly #transport: Transport;
  readonly #cluster: ConnectedCluster;
  readonly #checks = new Set<() => void>();

  constructor(kubeconfig: string) {
    this.#transport = openTransport({ source: { file: kubeconfig }, recorder: silent });
    this.#cluster = connect({ resources: watched, fieldManager: 'test', transport: this.#transport, recorder: silent });
    for (const resource of watched) {
      this.#cluster.onChange(resource, () => {
        for (const check of this.#checks) check();
      });
    }
  }

  start(): Promise<void> {
    return this.#cluster.start();
  }

  async stop(): Promise<void> {
    await this.#cluster.stop();
    await this.#transport.close();
  }

  /** Whether every watch is open. */
  isComplete(): boolean {
    return this.#cluster.health().watching;
  }

  get(resource: Resource<Whole>, namespace: string, name: string): Json | undefined {
    return this.#cluster.read.get(resource, namespace, name)?.live;
  }

  list(resource: Resource<Whole>, namespace: string): readonly Whole[] {
    return this.#cluster.read.list(resource, namespace);
  }

  /** Of all namespaces. */
  all(resource: Resource<Whole>): readonly Whole[] {
    return [...this.#cluster.read.all(resource)];
  }

  byUid(resource: Resource<Whole>, uid: string): Whole | undefined {
    return this.all(resource).find(({ metadata }) => metadata.uid === uid);
  }

  onChange(resource: Resource<Whole>, listener: (change: { before?: Whole; after?: Whole }) => void): void {
    this.#cluster.onChange(resource, listener);
  }

  /** Resolves with the first value that is neither undefined nor false, now or after a change. */
  until<T>(look: () => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = look();
        if (found === undefined || found === false) return;
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
  }
}

export interface ConditionSeen {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export function condition(live: Json | undefined, type: string): ConditionSeen | undefined {
  const found = asItems(at(live, 'status', 'conditions')).map(asRecord).find((one) => one?.['type'] === type);
  return found && { status: String(found['status']), reason: String(found['reason']), message: String(found['message']) };
}

export function isTrue(live: Json | undefined, type: string): boolean {
  return condition(live, type)?.status === 'True';
}

/** All pods of this Deployment are of its newest template, and ready. */
export function isRolledOut(live: Json): boolean {
  const replicas = at(live, 'spec', 'replicas');
  return at(live, 'status', 'observedGeneration') === at(live, 'metadata', 'generation')
    && ['replicas', 'updatedReplicas', 'availableReplicas'].every((count) => at(live, 'status', count) === replicas);
}

/** The value at a path of member names. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((part, step) => (Array.isArray(part) ? (part as unknown[])[Number(step)] : asRecord(part)?.[step]), value);
}

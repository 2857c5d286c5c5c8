import type { CommonStatus, Condition } from '../operator/api/kind.ts';
import { DriftPolicy, DriftPolicySpec } from '../operator/api/v1alpha1/driftpolicy.ts';
import { ModelDeployment, ModelDeploymentSpec } from '../operator/api/v1alpha1/modeldeployment.ts';
import { ModelVersion, ModelVersionSpec } from '../operator/api/v1alpha1/modelversion.ts';
import { Pipeline, PipelineSpec } from '../operator/api/v1alpha1/pipeline.ts';
import { PipelineRun, PipelineRunSpec, type StepStatus } from '../operator/api/v1alpha1/pipelinerun.ts';
import { noFacts } from '../operator/controllers/driftpolicy/source.ts';
import type { Sources } from '../operator/controllers/index.ts';
import type { Profile } from '../operator/profile/format.ts';
import { labels } from '../operator/controllers/labels.ts';
import type { StoredClaim, StoredDeployment, StoredRevision } from '../operator/controllers/resources/objects.ts';
import type { StoredJob, StoredPod } from '../operator/controllers/resources/workloads.ts';
import type { Settings } from '../operator/controllers/settings.ts';
import { encodeMessage, type Message } from '../operator/dataplane/message.ts';
import { Store } from '../operator/kube/store.ts';
import type { Reader } from '../operator/runtime/cluster.ts';
import type { Live } from '../operator/runtime/controller.ts';
import { keyOf, type Meta, type Resource, type Stored } from '../operator/runtime/kind.ts';

/** What of an object is to differ. Lists are given whole; undefined takes a member away. */
export type Change<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Change<T[K]> | undefined } : T;

/** A copy with the changes in it. */
export function change<T>(base: T, changes: Change<NoInfer<T>> | undefined): T {
  if (changes === undefined) return base;
  if (!isRecord(changes)) return changes as T;
  const result: Record<string, unknown> = isRecord(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(result, name);
    else result[name] = change(result[name], value);
  }
  return result as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const namespace = 'ml';
export const now = Date.parse('2026-03-01T12:00:00Z');
/** RFC 3339, that many seconds after `now`. */
export const at = (seconds: number): string => new Date(now + seconds * 1_000).toISOString().replace('.000Z', 'Z');
/** The digest whose hexadecimal form is one digit repeated. */
export const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
export const message = (parts: Partial<Message>): string => encodeMessage({ artifacts: [], results: [], ...parts });

export const settings: Settings = {
  image: 'modelkeeper/operator:1', presets: { mlserver: 'modelkeeper/python:1' }, operatorNamespace: 'modelkeeper-system', publicKey: 'a public key',
};

const silent = { want: () => undefined, onChange: () => undefined };
/** Sources that see nothing. */
export const sources: Sources = { routers: { ...silent, facts: () => new Map() }, profiles: { ...silent, facts: () => undefined }, drift: { ...silent, facts: () => noFacts } };

const meta = (name: string, changes?: Change<Meta>): Meta => change<Meta>({
  name, namespace, uid: `uid-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: at(-60), labels: {}, annotations: {},
}, changes);

function custom<Spec, Status extends CommonStatus>(
  kind: { readonly status: { parse(value: unknown): Status } }, name: string, spec: Spec,
): (changes?: Change<Live<Spec, Status>>) => Live<Spec, Status> {
  return (changes) => change<Live<Spec, Status>>({ metadata: meta(name), spec, status: kind.status.parse({}) }, changes);
}

const pipelineSpec = PipelineSpec.parse({
  params: [{ name: 'seed', default: '1' }],
  artifactStore: { type: 'Volume', volume: { storage: '1Gi' } },
  steps: [
    { name: 'train', container: { image: 'python:3', args: ['--seed=$(params.seed)'] }, outputs: [{ name: 'model' }] },
    { name: 'evaluate', container: { image: 'python:3' }, inputs: [{ name: 'model', from: { step: 'train', output: 'model' } }], results: [{ name: 'recall' }] },
  ],
  register: {
    model: 'fraud', artifact: { step: 'train', output: 'model' }, format: { name: 'sklearn' },
    metrics: [{ name: 'recall', from: { step: 'evaluate', result: 'recall' } }],
    policy: { gates: [{ name: 'finds', expression: 'metrics.recall >= 0.5' }] },
  },
});

const versionSpec = ModelVersionSpec.parse({
  model: 'fraud',
  artifact: { uri: `pvc://store/ml/sha256/${'a'.repeat(64)}`, digest: digest('a'), bytes: 10 },
  format: { name: 'sklearn' },
  metrics: [{ name: 'recall', value: 0.8 }],
});

const deploymentSpec = ModelDeploymentSpec.parse({
  model: 'fraud',
  runtime: { type: 'Preset', preset: { name: 'mlserver' } },
  rollout: { steps: [{ weight: 20, pause: '10s' }, { weight: 50 }], analysis: [{ name: 'errors', metric: 'ErrorRate', maxWorse: 0.02 }] },
});

const policySpec = DriftPolicySpec.parse({
  modelDeploymentRef: { name: 'scorer' },
  interval: '1m',
  window: { duration: '1m', minSamples: 100 },
  checks: [{ name: 'inputs', dataDrift: {} }, { name: 'recall', performance: { metric: 'Recall', maxDrop: 0.2, minLabels: 20 } }],
  firing: { windows: 3, breaches: 2, cooldown: '10m' },
  actions: { mode: 'Auto', retrain: { pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: '$(window.end)' }], checks: ['inputs', 'recall'], maxPerPeriod: { count: 2, period: '1h' } } },
  notify: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }],
});

const ready: Condition[] = [
  { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: at(-30), observedGeneration: 1 },
];

const version = custom(ModelVersion, 'fraud-1', versionSpec);

/** 1,000 rows: a number that is spread evenly over ten cells, and a text. Recall was 80 %. */
const profile: Profile = {
  schemaVersion: 1,
  rows: 1_000,
  features: [
    { type: 'Numeric', name: 'amount', edges: [0, 10, 20, 30, 40, 50, 60, 70, 80, 90], atoms: [0], count: 1_000, missing: 0, counts: [0, 100, ...Array.from({ length: 9 }, () => 100), 0], null: [] },
    { type: 'Categorical', name: 'channel', categories: ['app', 'web'], count: 1_000, missing: 0, counts: [600, 400, 0], null: [] },
  ],
  outcomes: { truePositive: 80, falsePositive: 20, falseNegative: 20, trueNegative: 880, wrong: 0 },
};

/** One valid object of each kind, and of what the controllers see of each kind of child. */
export const make = {
  meta,
  pipeline: custom(Pipeline, 'fraud', pipelineSpec),
  run: custom(PipelineRun, 'fraud-run', PipelineRunSpec.parse({ pipelineRef: { name: 'fraud' } })),
  version,
  /** A version that may serve. */
  readyVersion: (name: string, changes?: Change<ReturnType<typeof version>>) => change(version({ metadata: meta(name), status: { conditions: ready } }), changes),
  deployment: custom(ModelDeployment, 'scorer', deploymentSpec),
  profile,
  policy: custom(DriftPolicy, 'watch', policySpec),
  step: (name: string, state: StepStatus['state'], changes?: Change<StepStatus>): StepStatus =>
    change<StepStatus>({ name, state, attempt: 0, inputs: [], outputs: [], results: [] }, changes),
  job: (name: string, owner: Meta, changes?: Change<StoredJob>): StoredJob =>
    change<StoredJob>({ metadata: meta(name, { owner: { uid: owner.uid, kind: 'PipelineRun', name: owner.name } }) }, changes),
  /** A pod of a Job: it carries the Job's labels and is owned by it. */
  pod: (name: string, job: Meta, changes?: Change<StoredPod>): StoredPod => change<StoredPod>({
    metadata: meta(name, { labels: { ...job.labels, 'batch.kubernetes.io/controller-uid': job.uid }, owner: { uid: job.uid, kind: 'Job', name: job.name } }),
    ready: false, phase: 'Running', containers: [],
  }, changes),
  modelPod: (name: string, of: string, changes?: Change<StoredPod>): StoredPod => change<StoredPod>({
    metadata: meta(name, { labels: { [labels.modelDeployment]: 'scorer', [labels.component]: 'model', [labels.modelVersion]: of } }),
    ready: true, phase: 'Running', ip: '10.0.0.1', containers: [],
  }, changes),
  routerPod: (name: string, changes?: Change<StoredPod>): StoredPod => change<StoredPod>({
    metadata: meta(name, { labels: { [labels.modelDeployment]: 'scorer', [labels.component]: 'router' } }),
    ready: true, phase: 'Running', ip: '10.0.1.1', containers: [],
  }, changes),
  /** A Deployment all of whose pods are there. */
  pods: (name: string, owner: Meta, changes?: Change<StoredDeployment>): StoredDeployment => change<StoredDeployment>({
    metadata: meta(name, { owner: { uid: owner.uid, kind: 'ModelDeployment', name: owner.name } }),
    owned: 'a hash', replicas: 1, observed: true, updatedReplicas: 1, availableReplicas: 1,
  }, changes),
  claim: (name: string, changes?: Change<StoredClaim>): StoredClaim => change<StoredClaim>({ metadata: meta(name), shared: false }, changes),
  revision: (name: string, owner: Meta, data: unknown): StoredRevision => ({ metadata: meta(name, { owner: { uid: owner.uid, kind: 'PipelineRun', name: owner.name } }), data }),
};

/** Caches, filled by hand. */
export class Caches {
  readonly #stores = new Map<Resource, Store>();

  put<T extends Stored>(resource: Resource<T>, ...objects: readonly T[]): this {
    for (const object of objects) this.#of(resource).put(object);
    return this;
  }

  remove(resource: Resource, { metadata }: Stored): this {
    this.#of(resource).remove(keyOf(metadata), '1000000');
    return this;
  }

  get read(): Reader {
    return {
      get: (resource, inNamespace, name) => this.#of(resource).get(`${inNamespace}/${name}`),
      all: (resource) => this.#of(resource).all(),
      list: (resource, inNamespace) => this.#of(resource).inNamespace(inNamespace),
      owned: (resource, uid) => this.#of(resource).ownedBy(uid),
      indexed: (index, inNamespace, value) => this.#of(index.resource).indexed(index, inNamespace, value),
      last: (index, inNamespace, value) => this.#of(index.resource).last(index, inNamespace, value),
      labelled: (resource, inNamespace, label) => this.#of(resource).labelled(inNamespace, label),
    };
  }

  #of<T extends Stored>(resource: Resource<T>): Store<T> {
    const store = this.#stores.get(resource) ?? new Store([], (error) => { throw error; });
    this.#stores.set(resource, store);
    return store as unknown as Store<T>;
  }
}

/** Freezes the value and everything in it, so that a function that changes its input throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !(value instanceof Map)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}

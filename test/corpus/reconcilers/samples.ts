import { gzipSync } from 'node:zlib';
import { DriftPolicy } from '../../../operator/api/v1alpha1/driftpolicy.ts';
import { ModelDeployment } from '../../../operator/api/v1alpha1/modeldeployment.ts';
import { ModelVersion } from '../../../operator/api/v1alpha1/modelversion.ts';
import { Pipeline } from '../../../operator/api/v1alpha1/pipeline.ts';
import { PipelineRun } from '../../../operator/api/v1alpha1/pipelinerun.ts';
import { panesEntry, panesName } from '../../../operator/controllers/driftpolicy/names.ts';
import { components, labels } from '../../../operator/controllers/labels.ts';
import { modelChildName } from '../../../operator/controllers/modeldeployment/children.ts';
import { verifyJobName } from '../../../operator/controllers/modelversion/children.ts';
import { configMapNameOf } from '../../../operator/controllers/modelversion/profile.ts';
import { specDigest } from '../../../operator/controllers/pipeline/snapshot.ts';
import { jobName } from '../../../operator/controllers/pipelinerun/steps.ts';
import { ConfigMap, ControllerRevision, Deployment, PersistentVolumeClaim } from '../../../operator/controllers/resources/objects.ts';
import { profileKey } from '../../../operator/controllers/resources/profile.ts';
import { Job, jobUidLabel, Pod } from '../../../operator/controllers/resources/workloads.ts';
import { fileDigest } from '../../../operator/dataplane/manifest.ts';
import { apiVersion, type Json, type Resource } from '../../../operator/runtime/kind.ts';
import { managedBy, managedByLabel } from '../../../operator/runtime/names.ts';
import { at, change, digest, make, message } from '../../make.ts';

/** An object and how it is stored. */
export interface Placed {
  readonly resource: Resource;
  readonly live: Json;
}

/** An object of one of our kinds, with what its controller would look at. */
export interface Situation {
  readonly object: Placed;
  readonly around: readonly Placed[];
}

/** Where a situation takes place, and how its object is called. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

const profileFile = Buffer.from(JSON.stringify(make.profile));
const profileDigest = fileDigest(profileFile);
export const profileGzip = gzipSync(profileFile).toString('base64');

/** An object as the API server stores it. */
export function stored(resource: Resource, { namespace, name }: Place, { metadata = {}, ...rest }: { readonly metadata?: Json } & Json): Placed {
  const own = { name, namespace, uid: `uid-${resource.kind}-${namespace}-${name}`, resourceVersion: '1', generation: 1, creationTimestamp: at(-60), ...metadata };
  return { resource, live: { apiVersion: apiVersion(resource), kind: resource.kind, ...rest, metadata: own } };
}

const owned = ({ resource, live }: Placed): Json => ({
  ownerReferences: [{ apiVersion: apiVersion(resource), kind: resource.kind, name: nameOf(live), uid: uidOf(live), controller: true }],
});
const ours = (own: Json): Json => ({ labels: { [managedByLabel]: managedBy, ...own } });

function metadataOf(live: Json): { readonly name: string; readonly uid: string } {
  const { name, uid } = live['metadata'] as { name: string; uid: string };
  return { name, uid };
}

function nameOf(live: Json): string {
  return metadataOf(live).name;
}

function uidOf(live: Json): string {
  return metadataOf(live).uid;
}

function jobOf(owner: Placed, place: Place, own: Json, status: Json): Placed {
  return stored(Job, place, { metadata: { ...owned(owner), ...ours(own) }, status });
}

function podOf(job: Placed, own: Json, status: Json): Placed {
  const { namespace } = job.live['metadata'] as { namespace: string };
  return stored(Pod, { namespace, name: `${nameOf(job.live)}-pod` }, { metadata: { ...owned(job), ...ours({ ...own, [jobUidLabel]: uidOf(job.live) }) }, status });
}

export const complete: Json = { conditions: [{ type: 'Complete', status: 'True', reason: 'Completed', lastTransitionTime: at(-5) }] };
const failed: Json = { conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: at(-5) }] };
const exited = (name: string, text: string, exitCode = 0): Json => ({ name, state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', message: text } } });
const published = message({ artifacts: [{ name: 'model', digest: digest('a'), bytes: 10 }], results: [{ name: 'recall', value: '0.8' }] });

/** What the pod of a Job of ours tells when all went well. */
export const podSucceeded: Json = {
  phase: 'Succeeded', podIP: '10.0.0.9', initContainerStatuses: [exited('fetch', message({})), exited('step', '')], containerStatuses: [exited('publish', published), exited('verify', '')],
};
const podFailed: Json = { phase: 'Failed', initContainerStatuses: [exited('fetch', message({ error: 'no such input' }), 11), exited('step', '', 137)], containerStatuses: [exited('publish', '', 13), exited('verify', '', 14)] };
/** What pods of servers and routers tell when they take requests. */
export const podReady: Json = { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [{ name: 'server', state: { running: {} } }] };

function pipelines({ namespace, name }: Place): Situation[] {
  const { spec } = make.pipeline();
  const fresh = stored(Pipeline, { namespace, name }, { spec });
  const claim = stored(PersistentVolumeClaim, { namespace, name: 'store' }, { spec: { accessModes: ['ReadWriteOnce'] } });
  const run = stored(PipelineRun, { namespace, name: `${name}-run` }, { metadata: ours({ [labels.pipeline]: name }), spec: { pipelineRef: { name } }, status: { finishedAt: at(-10), conditions: [] } });
  const asked = stored(Pipeline, { namespace, name }, {
    metadata: { annotations: { 'modelkeeper.dev/run': 'now' } },
    spec: { ...spec, artifactStore: { type: 'Volume', volume: { claimName: 'store' } }, triggers: { onChange: true } },
    status: { observedGeneration: 1, writerEpoch: 1, conditions: [], nextRun: { name: `${name}-run`, digest: specDigest(spec), trigger: 'Change' }, lastRun: { name: 'x', result: 'Failed' } },
  });
  return [{ object: fresh, around: [] }, { object: asked, around: [claim, run] }];
}

function runs({ namespace, name }: Place): Situation[] {
  const { spec } = make.pipeline({ spec: { artifactStore: { type: 'Volume', volume: { claimName: 'store', storage: undefined } } } });
  const pipeline = stored(Pipeline, { namespace, name: `p-${name}`.slice(0, 30) }, { spec });
  const ref = { pipelineRef: { name: nameOf(pipeline.live) } };
  const fresh = stored(PipelineRun, { namespace, name }, { spec: ref });
  const meta = metadataOf(fresh.live);
  const job = jobName(meta, 'train', 1);
  const step = make.step('train', 'Running', { attempt: 1, job: { name: job }, startedAt: at(-50) });
  const going = stored(PipelineRun, { namespace, name }, {
    spec: ref, status: { observedGeneration: 1, writerEpoch: 1, conditions: [], snapshot: { name: `${name}-snapshot`, digest: specDigest(spec) }, steps: [step, make.step('evaluate', 'Pending')], startedAt: at(-55) },
  });
  const revision = stored(ControllerRevision, { namespace, name: `${name}-snapshot` }, { metadata: { ...owned(fresh), ...ours({}) }, data: { spec, claim: 'store' } });
  const own = { [labels.run]: name, [labels.step]: 'train' };
  const claim = stored(PersistentVolumeClaim, { namespace, name: 'store' }, { spec: { accessModes: ['ReadWriteMany'] } });
  return [{ object: fresh, around: [pipeline] }, ...[[complete, podSucceeded], [failed, podFailed], [{}, podReady]].map(([ended = {}, told = {}]): Situation => {
    const made = jobOf(fresh, { namespace, name: job }, own, ended);
    return { object: going, around: [pipeline, revision, claim, made, podOf(made, own, told)] };
  })];
}

const metrics = [{ name: 'recall', value: 0.8, champion: { modelVersionRef: { name: 'fraud-0' }, value: 0.7 } }];
const ready = { conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: at(-30), observedGeneration: 1 }], observedGeneration: 1, writerEpoch: 1 };

function profileMap(version: Placed): Placed {
  const { namespace } = version.live['metadata'] as { namespace: string };
  return stored(ConfigMap, { namespace, name: configMapNameOf(metadataOf(version.live)) }, {
    metadata: { ...owned(version), ...ours({ [labels.component]: components.profile, [labels.modelVersion]: nameOf(version.live) }) }, binaryData: { [profileKey]: profileGzip },
  });
}

function versions({ namespace, name }: Place): Situation[] {
  const { spec } = make.version();
  const policy = { gates: [{ name: 'floor', expression: 'metrics.recall >= 0.5' }] };
  const fresh = stored(ModelVersion, { namespace, name }, { spec: { ...spec, policy } });
  const profiled = { ...spec, policy, metrics, profile: { uri: 'pvc://store/p', digest: profileDigest } };
  const job = verifyJobName(metadataOf(fresh.live), 0);
  const own = { [labels.modelVersion]: name };
  const verified = { observedGeneration: 1, writerEpoch: 1, conditions: [], verification: { job, outcome: 'Verified' }, profile: { job, attempt: 0, failures: 0 } };
  return [{ object: fresh, around: [] }, ...[[complete, podSucceeded], [failed, podFailed]].flatMap(([ended = {}, told = {}]) => [undefined, verified].map((status): Situation => {
    const object = stored(ModelVersion, { namespace, name }, { spec: profiled, ...(status ? { status } : {}) });
    const made = jobOf(object, { namespace, name: job }, own, ended);
    return { object, around: [made, podOf(made, own, told), ...(ended === failed ? [profileMap(object)] : [])] };
  }))];
}

function readyVersion(namespace: string, name: string): Placed {
  return stored(ModelVersion, { namespace, name }, { spec: { ...make.version().spec, profile: { uri: 'pvc://store/p', digest: profileDigest } }, status: ready });
}

function serving(name: string, role: 'Active' | 'Candidate' | 'Draining', weight: number): Json {
  return { name, role, state: 'Ready', weight, uri: 'pvc://store/x', digest: digest('a'), format: 'sklearn', agentImage: 'a', serverImage: 's', ...(role === 'Draining' ? { drainingSince: at(-3) } : {}) };
}

function deployments({ namespace, name }: Place): Situation[] {
  const spec = change(make.deployment().spec, { capture: { enabled: true } });
  const fresh = stored(ModelDeployment, { namespace, name }, { spec });
  const [old, young] = [readyVersion(namespace, 'fraud-1'), readyVersion(namespace, 'fraud-2')];
  const moving = stored(ModelDeployment, { namespace, name }, {
    metadata: { annotations: { 'modelkeeper.dev/promote': '1' } }, spec,
    status: {
      observedGeneration: 1, writerEpoch: 1, conditions: [], activeVersion: 'fraud-1', desiredVersion: 'fraud-2', weight: { desired: 20, verified: 0 },
      rollout: { version: 'fraud-2', startedAt: at(-20), verdicts: [{ name: 'errors', verdict: 'NoData', message: '' }] }, step: { index: 0, startedAt: at(-15), verifiedAt: at(-14) },
      versions: [serving('fraud-1', 'Active', 80), serving('fraud-2', 'Candidate', 20), serving('fraud-0', 'Draining', 0)], handled: {}, failedVersion: { name: 'fraud-0', reason: 'Aborted', message: '', at: at(-99) },
    },
  });
  const children = ['fraud-1', 'fraud-2'].flatMap((version) => serversOf(moving, namespace, version));
  return [{ object: fresh, around: [old] }, { object: moving, around: [old, young, profileMap(old), ...children, routerOf(moving, namespace)] }];
}

/** The Deployment of a version and a pod of it. */
function serversOf(owner: Placed, namespace: string, version: string): Placed[] {
  const name = modelChildName(metadataOf(owner.live), version);
  return [
    stored(Deployment, { namespace, name }, { metadata: { ...owned(owner), ...ours({}) }, spec: { replicas: 1 }, status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 } }),
    stored(Pod, { namespace, name: `${name}-pod` }, {
      metadata: ours({ [labels.modelDeployment]: nameOf(owner.live), [labels.component]: 'model', [labels.modelVersion]: version, [labels.port]: '8080' }), status: podReady,
    }),
  ];
}

export function routerOf(owner: Placed, namespace: string): Placed {
  return stored(Pod, { namespace, name: `${nameOf(owner.live)}-router` }, { metadata: ours({ [labels.modelDeployment]: nameOf(owner.live), [labels.component]: 'router' }), status: podReady });
}

function policies({ namespace, name }: Place): Situation[] {
  const { spec } = make.policy({ spec: { modelDeploymentRef: { name: 'scorer' } } });
  const version = readyVersion(namespace, 'fraud-1');
  const target = stored(ModelDeployment, { namespace, name: 'scorer' }, {
    spec: change(make.deployment().spec, { capture: { enabled: true, feedback: true } }), status: { ...ready, conditions: [], activeVersion: 'fraud-1', desiredVersion: 'fraud-1', versions: [serving('fraud-1', 'Active', 100)] },
  });
  const pipeline = stored(Pipeline, { namespace, name: 'fraud' }, { spec: make.pipeline().spec });
  const around = [version, profileMap(version), target, pipeline];
  const fresh = stored(DriftPolicy, { namespace, name }, { spec });
  const window = { start: at(-120), end: at(-60) };
  const drifting = stored(DriftPolicy, { namespace, name }, { spec, status: {
    observedGeneration: 1, writerEpoch: 1, conditions: [], version: 'fraud-1', baseline: profileDigest, window,
    checks: [{ name: 'inputs', state: 'Breached', samples: 900, threshold: 0.1, value: 0.3, worst: [{ feature: 'amount', value: 0.3, threshold: 0.1 }], message: 'm', recent: ['OK', 'Breached', 'Breached'] }],
    episode: { start: window.end, window, version: 'fraud-1', baseline: profileDigest, checks: ['inputs'] }, retrains: [at(-60)], fruitless: 1, handled: {},
    loop: { episode: window.end, window, trigger: 'inputs', run: `${name}-drift-1`, startedAt: at(-59), created: true, outcome: 'Training', message: '' },
    lastEpisode: { start: at(-900), end: at(-800), outcome: 'Recovered' }, missing: { since: at(-60), features: ['amount'] },
    notices: [{ kind: 'Drift', at: window.end, title: 't', text: 'x', facts: [], receivers: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }] }],
  } });
  const run = stored(PipelineRun, { namespace, name: `${name}-drift-1` }, { metadata: { labels: { 'modelkeeper.dev/issuer-uid': uidOf(drifting.live) } }, spec: { pipelineRef: { name: 'fraud' } } });
  const panes = stored(ConfigMap, { namespace, name: panesName(metadataOf(drifting.live)) }, {
    metadata: { ...owned(drifting), ...ours({ [labels.component]: components.panes }) }, binaryData: { [panesEntry]: gzipSync('[]').toString('base64') },
  });
  return [{ object: fresh, around }, { object: drifting, around: [...around, run, panes] }];
}

/** Situations of each kind, from a new object to one in the middle of its life. */
export const situations = { Pipeline: pipelines, PipelineRun: runs, ModelVersion: versions, ModelDeployment: deployments, DriftPolicy: policies } as const;
export type FuzzedKind = keyof typeof situations;

import { setTimeout as sleep } from 'node:timers/promises';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { closedLoop } from '../engine/pace.ts';

export const group = { group: 'modelkeeper.dev', version: 'v1alpha1' };
const apiVersion = 'modelkeeper.dev/v1alpha1';
const hex = 'ab'.repeat(32);
const inFlight = 64;
/** Often enough for waits of seconds, and seldom enough to be no load. */
const lookMs = 100;

/** One of the five kinds, in the state in which it waits: nothing is left to do without a cluster's nodes. */
export interface Sample {
  readonly plural: string;
  readonly kind: string;
  readonly spec: (n: number) => Json;
  /** What a user may change again and again, as a merge patch. The first change is one of the spec. */
  readonly change: (turn: number) => Json;
}

const suspend = (turn: number): Json => ({ spec: { suspend: turn % 2 === 1 } });

/** A Pipeline has its claim; a run has its snapshot and the Job of its first step; a version has the Job that verifies it. */
export const samples: readonly Sample[] = [
  {
    plural: 'pipelines', kind: 'Pipeline',
    spec: () => ({ artifactStore: { type: 'Volume', volume: { storage: '1Gi' } }, steps: [{ name: 'train', container: { image: 'train:1' }, outputs: [{ name: 'model' }] }] }),
    change: suspend,
  },
  {
    plural: 'pipelineruns', kind: 'PipelineRun', spec: (n) => ({ pipelineRef: { name: `o-${n}` } }),
    change: (turn) => ({ metadata: { annotations: { turn: String(turn) } }, spec: { cancel: true } }),
  },
  {
    plural: 'modelversions', kind: 'ModelVersion',
    spec: () => ({ model: 'fraud', format: { name: 'sklearn' }, artifact: { uri: `pvc://models/team/sha256/${hex}`, digest: `sha256:${hex}`, bytes: 10 } }),
    change: (turn) => ({ spec: { policy: { gates: [{ name: 'good', expression: `${turn} > 0` }] } } }),
  },
  {
    plural: 'modeldeployments', kind: 'ModelDeployment', spec: () => ({ model: 'none', runtime: { type: 'Preset', preset: { name: 'mlserver' } } }),
    change: (turn) => ({ spec: { replicas: 1 + (turn % 2) } }),
  },
  {
    plural: 'driftpolicies', kind: 'DriftPolicy', spec: (n) => ({ modelDeploymentRef: { name: `o-${n}` }, checks: [{ name: 'inputs', dataDrift: {} }] }),
    change: suspend,
  },
];

/** Does something for each number below `count`, many at a time. */
export function eachOf(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  return closedLoop(count, inFlight, async (n) => {
    await act(n);
  });
}

export function namespaceOf(n: number): string {
  return `scale-${n}`;
}

export function makeNamespace(client: Transport, name: string): Promise<Json> {
  return client.request({ method: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } });
}

export interface Place {
  readonly namespace: string;
  readonly n: number;
}

export function make(client: Transport, sample: Sample, at: Place): Promise<Json> {
  const { plural, kind, spec } = sample;
  return client.request({
    method: 'POST', path: collectionPath({ ...group, plural }, at.namespace), query: { fieldManager: 'bench' },
    body: { apiVersion, kind, metadata: { name: `o-${at.n}` }, spec: spec(at.n) },
  });
}

export function change(client: Transport, { plural, change: patch }: Sample, { namespace, n }: Place, turn: number): Promise<Json> {
  const path = objectPath({ ...group, plural }, { namespace, name: `o-${n}` });
  return client.request({ method: 'PATCH', path, query: { fieldManager: 'bench' }, contentType: 'application/merge-patch+json', body: patch(turn) });
}

/** Resolves when the operator has looked at this generation of the object. */
export async function seen(client: Transport, { plural }: Sample, { namespace, n }: Place, live: Json): Promise<void> {
  const generation = Number(asRecord(live['metadata'])?.['generation']);
  const path = objectPath({ ...group, plural }, { namespace, name: `o-${n}` });
  for (;;) {
    const now = await client.request({ method: 'GET', path });
    if (Number(asRecord(now['status'])?.['observedGeneration'] ?? -1) >= generation) return;
    await sleep(lookMs);
  }
}

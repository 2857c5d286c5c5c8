import { setTimeout as sleep } from 'node:timers/promises';
import { collectionPath, objectPath } from '../../../operator/kube/paths.ts';
import type { Transport } from '../../../operator/kube/transport.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

export const group = { group: 'modelkeeper.dev', version: 'v1alpha1' };
const apiVersion = 'modelkeeper.dev/v1alpha1';
const hex = 'ab'.repeat(32);
const inFlight = 64;

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
export async function eachOf(count: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await act(n);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
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

/** Changes a spec as a user would; resolves with the milliseconds until the operator has seen it. */
export async function changeAndWait(client: Transport, namespace: string, n: number): Promise<number> {
  const path = objectPath({ ...group, plural: 'pipelines' }, { namespace, name: `o-${n}` });
  const startedAt = performance.now();
  const changed = await client.request({ method: 'PATCH', path, query: { fieldManager: 'bench' }, contentType: 'application/merge-patch+json', body: { spec: { suspend: true } } });
  await seen(client, path, Number(asRecord(changed['metadata'])?.['generation']));
  return performance.now() - startedAt;
}

/** Resolves when the operator has looked at the object. */
export async function lookedAt(client: Transport, plural: string, metadata: { readonly namespace: string; readonly name: string }): Promise<void> {
  await seen(client, objectPath({ ...group, plural }, metadata), 1);
}

async function seen(client: Transport, path: string, generation: number): Promise<void> {
  for (;;) {
    const live = await client.request({ method: 'GET', path });
    if (Number(asRecord(live['status'])?.['observedGeneration'] ?? -1) >= generation) return;
    await sleep(20);
  }
}

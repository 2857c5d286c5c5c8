import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { issuerLabel } from '../../../operator/runtime/names.ts';
import type { Received } from '../../../test/receivers/receiver.ts';
import type { Kubectl } from '../cluster/kubectl.ts';
import type { ConfigMap, DriftPolicy, ModelVersion, PipelineRun } from '../cluster/objects.ts';
import type { Check } from '../promise.ts';
import { receivedPath } from '../receivers.ts';
import type { DemoRecord, Evidence, LoopRecord } from '../record.ts';
import { kindsByKey } from '../watch/chronicle.ts';

/** The loop as the cluster tells it: the run, what was compared with what, the new baseline, and the messages. */
export async function loopChecks(kubectl: Kubectl, record: DemoRecord): Promise<Check[]> {
  const { loop } = record;
  if (!loop) return [{ kept: true, text: 'there was no policy' }];
  const policy = await kubectl.json<DriftPolicy>(['get', 'driftpolicies', loop.policy.name]);
  const checks = [
    { kept: policy.metadata.uid === loop.policy.uid, text: `the policy is ${policy.metadata.uid}` },
    ...await runChecks(kubectl, policy, loop),
    ...await messageChecks(kubectl, policy, record),
  ];
  if (!record.drift) return checks;
  const [champion, candidate] = await Promise.all(record.versions.map(({ name }) => kubectl.json<ModelVersion>(['get', 'modelversions', name])));
  if (!champion || !candidate) return [...checks, { kept: false, text: 'there are not two versions' }];
  return [
    ...checks,
    ...comparisonChecks(champion, candidate),
    ...await baselineChecks(kubectl, policy, record.worse === undefined ? candidate : champion),
    ...await evidenceChecks(kubectl, champion, loop),
  ];
}

/** One run for each episode, made by this policy for the window in which it was found. */
async function runChecks(kubectl: Kubectl, policy: DriftPolicy, { episode, retraining }: LoopRecord): Promise<Check[]> {
  const runs = (await kubectl.list<PipelineRun>('pipelineruns')).filter(({ spec }) => spec.trigger.type === 'Drift');
  if (!episode) return [{ kept: runs.length === 0, text: `${runs.length} runs were started by drift` }];
  const [run] = runs;
  const until = run?.spec.params.find(({ name }) => name === 'until')?.value;
  return [
    { kept: runs.length === 1 && run?.metadata.name === retraining?.run, text: `runs started by drift: ${runs.map(({ metadata }) => metadata.name).join(', ') || 'none'}` },
    { kept: run?.metadata.labels?.[issuerLabel] === policy.metadata.uid, text: `it bears the uid of the policy` },
    { kept: run?.spec.trigger.episode === episode.start, text: `its episode is ${run?.spec.trigger.episode ?? 'none'}` },
    { kept: run?.spec.trigger.window?.end === episode.window.end && until === episode.window.end, text: `its window, and the data it read, end at ${until ?? 'no time'}` },
  ];
}

/** Champion and candidate were made from other data, and measured on the same. */
function comparisonChecks(champion: ModelVersion, candidate: ModelVersion): Check[] {
  const { metrics, lineage } = candidate.spec;
  const recall = metrics.find(({ name }) => name === 'recall');
  const before = champion.spec.metrics.find(({ name }) => name === 'recall');
  const [read, readBefore] = [lineage?.datasets[0]?.digest, champion.spec.lineage?.datasets[0]?.digest];
  const model = lineage?.models.find(({ championOf }) => championOf !== undefined);
  return [
    { kept: read !== undefined && readBefore !== undefined && read !== readBefore, text: `they were trained on other data: ${readBefore ?? '?'} and ${read ?? '?'}` },
    { kept: recall?.datasetDigest !== undefined && recall.datasetDigest !== before?.datasetDigest, text: 'the held-out day is another one than that of the champion' },
    { kept: recall?.champion?.modelVersionRef.name === champion.metadata.name, text: `on ${recall?.datasetDigest ?? '?'} recall is ${recall?.value ?? '?'}, and ${recall?.champion?.value ?? '?'} of ${recall?.champion?.modelVersionRef.name ?? '?'}` },
    { kept: model?.version === champion.metadata.name && model.digest === champion.spec.artifact.digest, text: `the run read the bytes of ${model?.version ?? 'no champion'} that serve` },
  ];
}

/** The profile of the version that serves is what it is watched with, and its bytes give its digest. */
async function baselineChecks(kubectl: Kubectl, { status }: DriftPolicy, active: ModelVersion): Promise<Check[]> {
  const { metadata: { name, uid }, spec: { profile } } = active;
  const [map] = (await kubectl.list<ConfigMap>('configmaps', `modelkeeper.dev/component=profile,modelkeeper.dev/model-version=${name}`))
    .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
  const content = map?.binaryData?.['profile.json.gz'];
  const published = content === undefined ? undefined : fileDigest(gunzipSync(Buffer.from(content, 'base64')));
  return [
    { kept: profile !== undefined && status?.baseline === profile.digest && status.version === name, text: `the baseline is that of ${status?.version ?? 'nothing'}: ${status?.baseline ?? 'none'}` },
    { kept: published !== undefined && published === profile?.digest, text: `the published profile gives ${published ?? 'nothing'}` },
  ];
}

/** The digest of a file in the store: that of the manifest with this one file. */
function fileDigest(file: Buffer): string {
  const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
  return `sha256:${sha256(JSON.stringify({ kind: 'File', files: [{ path: 'data', bytes: file.length, sha256: sha256(file) }] }))}`;
}

async function evidenceChecks(kubectl: Kubectl, champion: ModelVersion, { episode }: LoopRecord): Promise<Check[]> {
  const maps = await kubectl.list<ConfigMap>('configmaps', 'modelkeeper.dev/component=evidence');
  const packed = maps[0]?.binaryData?.['evidence.json.gz'];
  const evidence = packed === undefined ? undefined : JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as Evidence;
  return [{
    kept: maps.length === 1 && evidence?.window.end === episode?.window.end && evidence?.baselineDigest === champion.spec.profile?.digest,
    text: `evidence is kept of ${maps.length} episode, against the baseline of ${evidence?.version ?? 'nothing'}`,
  }];
}

/** Read from the receiver through the API server: each message that the policy has on record came once, and no other. */
async function messageChecks(kubectl: Kubectl, policy: DriftPolicy, { drift, worse }: DemoRecord): Promise<Check[]> {
  const since = Date.parse(policy.metadata.creationTimestamp ?? '');
  const received = (JSON.parse(await kubectl.raw(receivedPath)) as Received[]).filter(({ at }) => at >= since);
  const taken = received.filter(({ status }) => status < 300);
  const kinds = kindsByKey(policy);
  const expected = [...(drift ? ['Drift'] : []), ...(drift && worse === undefined ? ['Recovered'] : [])];
  return [
    { kept: received.every(({ problems }) => problems.length === 0), text: `the receiver found no fault with ${received.length} messages` },
    { kept: taken.every(({ key = '' }) => kinds.has(key)) && new Set(taken.map(({ key }) => key)).size === taken.length, text: `each of ${taken.length} messages is on record, and came once` },
    ...['slack', 'teams'].map((receiver) => {
      const told = taken.filter(({ kind }) => kind === receiver).map(({ key = '' }) => kinds.get(key) ?? 'unknown');
      return { kept: told.join() === expected.join(), text: `${receiver} was told: ${told.join(', ') || 'nothing'}` };
    }),
  ];
}

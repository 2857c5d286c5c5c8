import { condition } from '../cluster/objects.ts';
import { NotAsPromised } from '../promise.ts';
import type { DemoRecord } from '../record.ts';
import { cost, operatorFigures } from '../watch/operator.ts';
import { follow, getDeployment, untilReady } from '../watch/rollout.ts';
import { routerRequests } from '../watch/routers.ts';
import { manifests, setDefault, type PipelineManifest } from './manifests.ts';
import type { ReplayTotals } from './replay.ts';
import type { Story } from './story.ts';
import { firstRun, runRecord, trained, versionRecord } from './training.ts';

const name = 'diagnosis';

/** The first biopsy of the data set, which was malignant. */
const biopsy = [
  17.99, 10.38, 122.8, 1001, 0.1184, 0.2776, 0.3001, 0.1471, 0.2419, 0.07871, 1.095, 0.9053, 8.589, 153.4, 0.006399,
  0.04904, 0.05373, 0.01587, 0.03003, 0.006193, 25.38, 17.33, 184.6, 2019, 0.1622, 0.6656, 0.7119, 0.2654, 0.4601, 0.1189,
];

/** Real data: a model is trained, registered, served, and asked once. */
export async function diagnosisStory(story: Story): Promise<DemoRecord> {
  const { kubectl, images, seed, narrator } = story;
  const { tell } = narrator;
  const followed = follow(kubectl, name, tell);
  const start = await operatorFigures(kubectl);
  const { run, version } = await narrator.phase('first run', async () => {
    const pipelines = manifests<PipelineManifest>('diagnosis/pipeline.yaml', images.python);
    for (const one of pipelines) setDefault(one, 'seed', String(seed));
    await kubectl.apply(pipelines);
    const { metadata, spec } = await firstRun(kubectl, name);
    tell('run', `${metadata.name} was started by ${spec.trigger.by}`);
    return trained(kubectl, metadata.name, tell);
  });
  const gates = condition(version, 'GatesPassed');
  if (gates?.status !== 'True') throw new NotAsPromised(`${version.metadata.name} may not serve (${gates?.message ?? ''}): try another --seed`);
  const middle = await operatorFigures(kubectl);
  const ready = await narrator.phase('first rollout', async () => {
    await kubectl.apply(manifests('diagnosis/deployment.yaml', images.python));
    return untilReady(followed);
  });
  const end = await operatorFigures(kubectl);
  tell('serve', `${ready.status?.url ?? ''}: ${condition(ready, 'Ready')?.message ?? ''}`);
  const client = await predict(story, version.metadata.name);
  return {
    example: name, seed, drift: false, access: story.access, namespace: kubectl.namespace, deployment: name,
    activeVersion: ready.status?.activeVersion ?? '',
    versions: [versionRecord(version)],
    runs: [await runRecord(kubectl, run)],
    client,
    routers: { byVersion: await routerRequests(kubectl, name) },
    specGeneration: { before: ready.metadata.generation ?? 0, after: (await getDeployment(followed)).metadata.generation ?? 0 },
    times: narrator.times,
    api: { 'first run': cost(start, middle), 'first rollout': cost(middle, end) },
    operatorBytes: end.residentBytes,
  };
}

/** Asks the model through its router, by way of the API server's proxy. */
async function predict({ kubectl, narrator: { tell } }: Story, version: string): Promise<ReplayTotals> {
  const path = `/api/v1/namespaces/${kubectl.namespace}/services/${name}:80/proxy/v2/models/${name}/infer`;
  const input = JSON.stringify({ inputs: [{ name: 'features', shape: [1, biopsy.length], datatype: 'FP64', data: biopsy }] });
  const answer = await kubectl.run(['create', '--raw', path, '--filename', '-'], { input });
  const predicted = (JSON.parse(answer) as { outputs?: { data?: number[] }[] }).outputs?.[0]?.data?.[0];
  tell('clients', `one biopsy, known to be malignant; the answer: ${predicted === 1 ? 'malignant' : 'benign'}`);
  if (predicted !== 1) throw new NotAsPromised(`the model answered ${answer} for a malignant biopsy`);
  return { requests: 1, ok: 1, failed: 0, byVersion: { [version]: 1 }, labels: 0, recall: {}, unsent: 0, errors: {}, labelErrors: {} };
}

import { fileDigest } from '../../../operator/dataplane/manifest.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { modelDeployment, modelVersion, pipeline } from '../../integration/operator/samples.ts';
import { at, condition, isRolledOut, isTrue } from '../../integration/operator/watching.ts';
import { make } from '../../make.ts';
import { fileOf } from '../../pods.ts';
import { textAt } from '../text.ts';
import type { Named, View, World } from '../world.ts';

/** The sample Pipeline in one step, which also makes a profile, and whose runs can be told until when to read. */
export function profiledPipeline(more: Json = {}): Named {
  const spec = asRecord(pipeline()['spec']);
  const train = asItems(spec?.['steps']).map(asRecord)[1];
  const register = asRecord(spec?.['register']);
  return pipeline({
    params: [{ name: 'depth', default: '4' }, { name: 'until', default: '' }],
    steps: [
      { ...train, container: { ...asRecord(train?.['container']), env: [] }, inputs: [], outputs: [{ name: 'data' }, { name: 'model' }] },
      { name: 'profile', profile: { input: 'data' }, inputs: [{ name: 'data', from: { step: 'train', output: 'data' } }] },
    ],
    register: {
      ...register, profile: { step: 'profile' },
      metrics: asItems(register?.['metrics']).map((metric) => ({ ...asRecord(metric), dataset: { step: 'train', output: 'data' } })),
    },
    ...more,
  });
}

/** A version made by hand, with the profile of the usual traffic. */
function profiledVersion(name: string): Named {
  const digest = fileDigest(fileOf(make.profile));
  return modelVersion(name, { profile: { uri: `pvc://models/team/sha256/${digest.replace('sha256:', '')}`, digest } });
}

/** The sample Pipeline with this many further attempts of its second step. */
export function retryingPipeline(limit: number): Named {
  const [prepare, train] = asItems(asRecord(pipeline()['spec'])?.['steps']).map(asRecord);
  return pipeline({ steps: [prepare, { ...train, retry: { limit } }] });
}

/** The sample ModelDeployment, on the world's own port. */
export function deployment(world: World, more: Json = {}): Named {
  const runtime = asRecord(asRecord(modelDeployment()['spec'])?.['runtime']);
  return modelDeployment({ runtime: { ...runtime, port: world.modelPort }, ...more });
}

/** A rollout in steps, each of which is judged by the answers of both versions. */
export function canary(weights: readonly number[]): Json {
  return {
    rollout: {
      steps: weights.map((weight) => ({ weight, pause: '5s' })),
      analysis: [{ name: 'errors', metric: 'ErrorRate', maxWorse: 0.05, minRequests: 10 }],
    },
  };
}

export const capturing: Json = { capture: { enabled: true, paneDuration: '15s', feedback: true } };

/** Windows of a minute; the second of two that are breached begins an episode. */
export function policy(actions: Json): Named {
  return {
    kind: 'DriftPolicy', metadata: { name: 'watch' },
    spec: {
      modelDeploymentRef: { name: 'fraud' }, interval: '30s', window: { duration: '30s', minSamples: 100 },
      checks: [{ name: 'inputs', dataDrift: {} }],
      firing: { windows: 2, breaches: 2, cooldown: '10m' },
      actions, notify: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }],
    },
  };
}

export const retrain: Json = {
  mode: 'Auto',
  retrain: { pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: '$(window.end)' }], checks: ['inputs'] },
};

/** The only run of the Pipeline, or the first one by name. */
export function theRun(view: View): Json | undefined {
  return view.list('pipelineruns')[0];
}

export function nameOf(live: Json | undefined): string {
  return textAt(live, 'metadata', 'name');
}

/** All that the sample Pipeline asks for has been recorded, on every object. */
export function isRegistered(view: View, version = 'fraud-1'): boolean {
  return isTrue(view.get('modelversions', version), 'Ready') && at(view.get('pipelines', 'fraud'), 'status', 'lastRun', 'result') === 'Succeeded';
}

/** This version serves alone, every router knows it, and there are as many routers as there are to be. */
export function serves(view: View, version: string): boolean {
  const live = view.get('modeldeployments', 'fraud');
  return isTrue(live, 'Ready') && isTrue(live, 'RoutersUpToDate') && view.list('deployments').every(isRolledOut)
    && at(live, 'status', 'activeVersion') === version && asItems(at(live, 'status', 'versions')).length === 1;
}

/** A version that serves clients, with a policy that has found nothing so far. */
export async function watched(world: World, actions: Json): Promise<void> {
  await world.apply('modelversions', profiledVersion('fraud-1'));
  await world.apply('modeldeployments', deployment(world, capturing));
  await world.until('the first version serves', (view) => serves(view, 'fraud-1') && isTrue(view.get('modelversions', 'fraud-1'), 'ProfilePublished'));
  world.outside.requests.amounts = 'usual';
  await world.apply('driftpolicies', policy(actions));
  await world.until('the traffic is as usual', (view) => checkStates(view).every((state) => state === 'OK') && checkStates(view).length === 1);
}

function checkStates(view: View): readonly unknown[] {
  return asItems(at(view.get('driftpolicies', 'watch'), 'status', 'checks')).map((check) => at(check, 'state'));
}

/** A policy writes what each window comes to for as long as it looks; now it rests, and so do the clients. */
export async function suspended(world: World): Promise<void> {
  await world.mergePatch('driftpolicies', 'watch', { spec: { suspend: true } });
  await world.until('the policy rests', (view) => condition(view.get('driftpolicies', 'watch'), 'Ready')?.reason === 'Suspended');
  world.outside.requests.amounts = 'none';
}

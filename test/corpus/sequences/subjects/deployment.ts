import { durationMs } from '../../../../operator/api/v1alpha1/shared.ts';
import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { at, condition, isTrue } from '../../../integration/operator/watching.ts';
import { textAt } from '../../../faults/text.ts';
import type { Revision, View, World } from '../../../faults/world.ts';
import { edited, lacking } from '../edit.ts';
import { lull, short, type Mirrored, type Seen, type Subject } from '../subject.ts';
import { amountsIn, variablesIn } from './containers.ts';
import { version } from './versions.ts';

const name = 'scorer';
const plural = 'modeldeployments';

const rollout: Json = {
  steps: [{ weight: 20, pause: '10s' }, { weight: 50, pause: '10s' }],
  analysis: [{ name: 'errors', metric: 'ErrorRate', maxWorse: 0.05, minRequests: 20 }, { name: 'finds', metric: 'FeedbackRecall', maxWorse: 0.5, minLabels: 5 }],
  progressDeadline: '5m',
};
const common: Json = {
  model: 'fraud', version: { type: 'Ref', ref: { name: 'fraud-1' } }, replicas: 2, rollout,
  capture: { enabled: true, sampleRate: 0.5, paneDuration: '1m', feedback: true }, suspend: false,
};
const resources = { requests: { cpu: '100m' }, limits: { memory: '1Gi' } };
const own: Json = {
  ...common,
  runtime: {
    type: 'Container', port: 9_000, protocol: 'V2',
    container: { image: 'server:1', command: ['serve'], args: ['--fast'], env: [{ name: 'THREADS', value: '2' }], resources, workingDir: '/srv' },
  },
};
const preset: Json = { ...common, runtime: { type: 'Preset', preset: { name: 'mlserver', resources } } };
/** Nothing in it that only holds for responses that routers can read. */
const raw: Json = { ...edited(own, 'rollout.analysis', []), capture: {}, runtime: { ...asRecord(own['runtime']), protocol: 'Raw' } };
const analysis = (at: 0 | 1, changes: Json): Json => edited(own, `rollout.analysis.${at}`, { ...asRecord(asItems(rollout['analysis'])[at]), ...changes });

/** A model that serves: its spec changes under way, then two new versions come, the second of which fails. */
export const deployment: Subject = {
  kind: 'ModelDeployment', plural, name,
  specs: [own, preset],
  telling: {
    'spec.version.type': [edited(own, 'version', { type: 'LatestReady' })],
    'spec.version.ref': [edited(own, 'version', { type: 'LatestReady' }), edited(own, 'version.ref.name', 'fraud-2')],
    'spec.version.ref.name': [edited(own, 'version.ref.name', 'fraud-2'), edited(own, 'version.ref.name', 'none')],
    'spec.runtime': [preset], 'spec.runtime.type': [preset], 'spec.runtime.preset': [own],
    'spec.runtime.container': [preset], 'spec.runtime.protocol': [raw],
    'spec.rollout.analysis[].metric': [analysis(0, { metric: 'FeedbackAccuracy' })],
    'spec.rollout.analysis[].maxWorse': [analysis(0, { maxWorse: 1 })],
    'spec.rollout.analysis[].minRequests': [analysis(0, { minRequests: 1_000_000 })],
    'spec.rollout.analysis[].minLabels': [analysis(1, { minLabels: 1_000_000 })],
    'spec.rollout.steps[].pause': [edited(own, 'rollout.steps.0.pause', '90s')],
    'spec.rollout.progressDeadline': [edited(own, 'rollout.progressDeadline', '10s')],
    'spec.capture.enabled': [edited(edited(own, 'capture.enabled', false), 'capture.feedback', false)],
    'spec.capture.feedback': [edited(edited(own, 'rollout.analysis', []), 'capture.feedback', false)],
  },
  unseen: {},
  surround: async (world) => {
    world.outside.requests.amounts = 'usual';
    await world.apply('modelversions', version('fraud-1'));
    await world.apply('modelversions', version('fraud-2'));
    await world.until('the versions are ready', (view) => ['fraud-1', 'fraud-2'].every((one) => isTrue(view.get('modelversions', one), 'Ready') && isTrue(view.get('modelversions', one), 'ProfilePublished')));
  },
  rest,
  challenge: async (world) => {
    world.outside.requests.amounts = 'none';
    await comes(world, 'fraud-8');
    await world.elapse(60_000);
    world.outside.requests.amounts = 'usual';
    await rest(world);
    world.outside.requests.failing = new Set(['fraud-9']);
    await comes(world, 'fraud-9');
    await rest(world);
  },
  calm: (world) => {
    world.outside.requests.amounts = 'none';
    return Promise.resolve();
  },
  course, mirrored, lasting,
  // Nothing is rolled out then, and what serves goes on serving.
  goesOn: (spec, _path, fresh) => (spec['suspend'] === true || spec['replicas'] === 0) && !fresh.summary.startsWith('True'),
  // A pod more says nothing more.
  affordable: (spec) => short(spec && Number(spec['replicas']) > 3 ? { ...spec, replicas: 3 } : spec),
  serves: (spec) => spec['replicas'] !== 0,
};

async function comes(world: World, one: string): Promise<void> {
  await world.apply('modelversions', version(one));
  await world.until('the new version is ready', (view) => isTrue(view.get('modelversions', one), 'Ready'));
  await world.mergePatch(plural, name, { spec: { version: { type: 'Ref', ref: { name: one } } } });
}

/** What a rollout waits for people to decide is decided for the new version. */
async function rest(world: World): Promise<void> {
  await lull(world);
  for (let asked = 0; asked < 3; asked += 1) {
    const live = world.view.get(plural, name);
    if (at(live, 'status', 'rollout') === undefined || at(live, 'spec', 'suspend') === true) return;
    await world.mergePatch(plural, name, { metadata: { annotations: { 'modelkeeper.dev/promote': String(world.history.length) } } });
    await lull(world);
  }
}

/** The weights and verdicts of rollouts, and how long each step took, in units of 20 seconds. */
function course(history: readonly Revision[]): Json {
  const told: string[] = [];
  let last = '';
  let since: number | undefined;
  for (const { plural: of, name: is, live } of history) {
    if (of !== plural || is !== name) continue;
    const step = textAt(live, 'status', 'step', 'startedAt');
    const weights = asItems(at(live, 'status', 'versions')).map((one) => `${textAt(one, 'name')} ${String(at(one, 'weight'))}`).join(', ');
    const verdicts = asItems(at(live, 'status', 'rollout', 'verdicts')).map((one) => `${textAt(one, 'name')} ${textAt(one, 'verdict')}`).join(', ');
    const took = since !== undefined && step !== '' ? Math.round((Date.parse(step) - since) / 20_000) : 0;
    const line = [weights, verdicts, condition(live, 'Ready')?.reason ?? ''].join('; ');
    if (line !== last) told.push(`${line}; ${took}`);
    last = line;
    since = step === '' ? undefined : Date.parse(step);
  }
  return { told };
}

function mirrored(spec: Json, view: View): Mirrored {
  const live = view.get(plural, name);
  const runtime = asRecord(spec['runtime']) ?? {};
  const capture = asRecord(spec['capture']) ?? {};
  const file = asRecord(JSON.parse(textAt(view.list('configmaps').find((map) => of(map, 'router')), 'data', 'router.json') || '{}'));
  const config = asRecord(file?.['config']);
  const versions = asItems(at(live, 'status', 'versions')).map((one) => textAt(one, 'name'));
  return [
    ['the pods of each version', versions.map((one) => podsOf(view, one).length), versions.map(() => spec['replicas'])],
    ...versions.flatMap((one) => server(view, one, runtime, spec['replicas'])),
    ['the protocol of the routers', config?.['protocol'], runtime['protocol'] ?? 'V2'],
    ['what routers count', config?.['capture'], capture['enabled'] === true ? { paneMs: durationMs(textAt(capture, 'paneDuration')), sampleRate: capture['sampleRate'], baselines: [] } : undefined],
    ['whether routers take labels', config?.['feedback'], capture['feedback'] === true || asItems(at(spec, 'rollout', 'analysis')).some((check) => at(check, 'metric') !== 'ErrorRate')],
  ];
}

function of(child: Json, component: string): boolean {
  return at(child, 'metadata', 'labels', 'modelkeeper.dev/model-deployment') === name && at(child, 'metadata', 'labels', 'modelkeeper.dev/component') === component;
}

function isOf(child: Json, one: string): boolean {
  return of(child, 'model') && at(child, 'metadata', 'labels', 'modelkeeper.dev/model-version') === one;
}

function podsOf(view: View, one: string): readonly Json[] {
  return view.list('pods').filter((pod) => isOf(pod, one) && at(pod, 'metadata', 'deletionTimestamp') === undefined);
}

function server(view: View, one: string, runtime: Json, replicas: unknown): Mirrored {
  const child = view.list('deployments').find((live) => isOf(live, one));
  const made = asRecord(at(child, 'spec', 'template', 'spec', 'containers', 0)) ?? {};
  const container = asRecord(runtime['container']);
  const port = runtime['port'] ?? 8_080;
  const wanted = asRecord(container?.['resources'] ?? at(runtime, 'preset', 'resources'));
  return [
    [`replicas of ${one}`, at(child, 'spec', 'replicas'), replicas],
    [`port of ${one}`, at(made, 'ports', 0, 'containerPort'), port],
    [`port of the Service of ${one}`, at(view.list('services').find((live) => isOf(live, one)), 'spec', 'ports', 0, 'port'), port],
    [`probe of ${one}`, at(made, 'readinessProbe', 'httpGet') !== undefined, runtime['protocol'] !== 'Raw'],
    ...(wanted === undefined && container === undefined ? [] : [[`resources of ${one}`, made['resources'] ?? {}, amountsIn(wanted ?? {})] as const]),
    ...(container === undefined ? [] : [
      [`image of ${one}`, made['image'], container['image']] as const,
      [`command of ${one}`, asItems(made['command']), asItems(container['command'])] as const,
      [`args of ${one}`, asItems(made['args']), asItems(container['args'])] as const,
      [`folder of ${one}`, made['workingDir'], container['workingDir']] as const,
      [`variables of ${one}`, variablesIn(made['env']).slice(0, -2), variablesIn(container['env'])] as const,
    ]),
  ];
}

/** What was asked for once, and the verdict of the last analysis, are history. */
function lasting({ digest }: Seen): Json {
  const live = asRecord(digest[`${plural}/${name}`]) ?? {};
  const status = asRecord(lacking(live['status'], new Set(['handled']))) ?? {};
  const conditions = asItems(status['conditions']).filter((one) => at(one, 'type') !== 'AnalysisPassed');
  return { ...digest, [`${plural}/${name}`]: { status: { ...status, conditions } } };
}

import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { capturing, deployment, isRegistered, profiledPipeline, suspended } from '../../../faults/scenarios/objects.ts';
import { textAt } from '../../../faults/text.ts';
import type { Revision, View } from '../../../faults/world.ts';
import { at, condition, isTrue } from '../../../integration/operator/watching.ts';
import { edited } from '../edit.ts';
import { lull, short, type Mirrored, type Seen, type Subject } from '../subject.ts';

const name = 'watch';
const plural = 'driftpolicies';
const limit = 'it decides what lies near a limit, which adjust.test.ts and judge-data.test.ts show';
const second = 'it decides about a second episode, which controller.test.ts shows';

const retrain: Json = {
  pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: '$(window.end)' }], checks: ['inputs'], maxPerPeriod: { count: 2, period: '1h' },
};
const spec: Json = {
  modelDeploymentRef: { name: 'scorer' }, interval: '30s', window: { duration: '30s', minSamples: 100 },
  checks: [
    { name: 'inputs', dataDrift: { numeric: { threshold: 0.2 }, categorical: { threshold: 0.2 }, alpha: 0.01, correction: 'BenjaminiHochberg' } },
    { name: 'finds', performance: { metric: 'Recall', maxDrop: 0.1, minLabels: 5 } },
  ],
  firing: { windows: 3, breaches: 2, cooldown: '10m' },
  actions: { mode: 'Auto', retrain },
  notify: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }],
};

/** A policy that watches a model in use: its spec changes under way, and then the clients send other requests. */
export const policy: Subject = {
  kind: 'DriftPolicy', plural, name,
  specs: [spec],
  telling: {
    'spec.window.minSamples': [edited(spec, 'window.minSamples', 100_000_000)],
    'spec.checks[].name': [edited(edited(spec, 'checks.0.name', 'other'), 'actions.retrain.checks', ['other'])],
    'spec.checks[]': [edited(spec, 'checks.1', { name: 'more', dataDrift: {} })],
    'spec.checks': [edited(spec, 'checks.1', undefined)],
    'spec.checks[].dataDrift': [edited(spec, 'checks.0', { name: 'inputs', performance: { metric: 'F1', maxDrop: 0.5 } })],
    'spec.checks[].performance': [edited(spec, 'checks.1', { name: 'finds', dataDrift: {} })],
    'spec.checks[].performance.metric': [edited(spec, 'checks.1.performance.metric', 'Accuracy')],
    'spec.checks[].dataDrift.numeric': [edited(spec, 'checks.0.dataDrift.numeric.threshold', 1)],
    'spec.checks[].dataDrift.numeric.threshold': [edited(spec, 'checks.0.dataDrift.numeric.threshold', 1)],
    'spec.checks[].dataDrift.categorical.threshold': [edited(spec, 'checks.0.dataDrift.categorical.threshold', 1)],
    'spec.checks[].performance.maxDrop': [edited(spec, 'checks.1.performance.maxDrop', 1)],
    'spec.checks[].performance.minLabels': [edited(spec, 'checks.1.performance.minLabels', 1_000_000)],
    'spec.firing': [edited(spec, 'firing.windows', 12)], 'spec.firing.windows': [edited(spec, 'firing.windows', 12)],
    'spec.firing.breaches': [edited(spec, 'firing.breaches', 3)],
    'spec.actions.mode': [edited(spec, 'actions', { mode: 'Alert' })],
    'spec.actions': [edited(spec, 'actions', { mode: 'Alert' })],
    'spec.actions.retrain.pipelineRef.name': [edited(spec, 'actions.retrain.pipelineRef.name', 'none')],
    'spec.actions.retrain.checks': [edited(spec, 'actions.retrain.checks', ['finds'])],
    'spec.actions.retrain.checks[]': [edited(spec, 'actions.retrain.checks', ['finds'])],
    'spec.actions.retrain': [edited(spec, 'actions.retrain.params', [])],
  },
  unseen: {
    'spec.checks[].dataDrift.alpha': limit, 'spec.checks[].dataDrift.correction': limit,
    'spec.firing.cooldown': second, 'spec.actions.retrain.maxPerPeriod.count': second, 'spec.actions.retrain.maxPerPeriod.period': second, 'spec.actions.retrain.maxPerPeriod': second,
  },
  surround: async (world) => {
    await world.apply('pipelines', profiledPipeline());
    await world.apply('modeldeployments', { ...deployment(world, capturing), metadata: { name: 'scorer' } });
    await world.until('the model serves', (view) => isTrue(view.get('modeldeployments', 'scorer'), 'Ready') && isRegistered(view) && isTrue(view.get('modelversions', 'fraud-1'), 'ProfilePublished'));
    world.outside.requests.amounts = 'usual';
    await world.elapse(60_000);
  },
  rest: (world) => world.elapse(100_000),
  challenge: async (world) => {
    world.outside.requests.amounts = 'large';
    await world.elapse(240_000);
  },
  calm: async (world) => {
    await suspended(world);
    await lull(world);
  },
  course, mirrored, lasting,
  // An episode, what it led to and what people are told of it outlive the spec that they began with.
  goesOn: (_spec, path, fresh) => hasBegun(path) || hasBegun(fresh),
  affordable: short,
  serves: () => true,
};

/** What was judged, over what windows, and what that led to. */
function course(history: readonly Revision[]): Json {
  const told = new Set<string>();
  for (const { plural: of, name: is, live } of history) {
    if (of !== plural || is !== name || at(live, 'spec', 'suspend') === true && told.size > 0) continue;
    const status = asRecord(live['status']) ?? {};
    const { window, episode, loop } = status;
    const ms = (from: unknown, to: unknown): number => Date.parse(textAt(to)) - Date.parse(textAt(from));
    if (window !== undefined) told.add(`a window of ${ms(at(window, 'start'), at(window, 'end'))} ms`);
    for (const check of asItems(status['checks'])) told.add(['name', 'state', 'reason', 'threshold'].map((member) => String(at(check, member))).join(' ') + ` ${asItems(at(check, 'recent')).length} ${asItems(at(check, 'worst')).map((one) => `${textAt(one, 'feature')} ${String(at(one, 'threshold'))}`).sort().join()}`);
    if (episode !== undefined) told.add(`an episode of ${String(at(episode, 'checks'))}`);
    if (loop !== undefined) told.add(`a loop by ${textAt(loop, 'trigger')} is ${textAt(loop, 'outcome')}`);
    for (const notice of asItems(status['notices'])) told.add(`${textAt(notice, 'title')} to ${asItems(at(notice, 'receivers')).map((receiver) => `${textAt(receiver, 'type')} ${textAt(receiver, 'secretKeyRef', 'key')} ${at(receiver, 'sentAt') === undefined ? '' : 'sent'}`).join()}`);
  }
  return { told: [...told], runs: history.filter(({ plural: of, type, live }) => of === 'pipelineruns' && type === 'Added' && at(live, 'spec', 'trigger', 'type') === 'Drift').map(({ live }) => asItems(at(live, 'spec', 'params')).map((one) => at(one, 'name'))) };
}

function mirrored({ checks, suspend, interval, window }: Json, view: View): Mirrored {
  const live = view.get(plural, name);
  const ready = condition(live, 'Ready');
  if (suspend === true) return [['whether it rests', ready?.reason, 'Suspended']];
  if (ready?.reason !== 'Watching' || Number.parseInt(textAt(interval), 10) > 60) return [];
  return [
    ['what it says it does', ready.message, `scorer is judged every ${textAt(interval)}, over ${textAt(window, 'duration')}`],
    ['its checks', asItems(at(live, 'status', 'checks')).map((one) => at(one, 'name')), asItems(checks).map((one) => at(one, 'name'))],
  ];
}

function hasBegun({ digest }: Seen): boolean {
  const status = asRecord(at(digest[`${plural}/${name}`], 'status')) ?? {};
  return ['episode', 'lastEpisode', 'loop'].some((member) => status[member] !== undefined) || asItems(status['notices']).length > 0;
}

/** What windows came to and led to is history. */
function lasting({ digest }: Seen): Json {
  const status = asRecord(at(digest[`${plural}/${name}`], 'status')) ?? {};
  return { Ready: asItems(status['conditions']).find((one) => at(one, 'type') === 'Ready') };
}


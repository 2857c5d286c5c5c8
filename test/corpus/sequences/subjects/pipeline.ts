import { durationMs } from '../../../../operator/api/v1alpha1/shared.ts';
import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { textAt } from '../../../faults/text.ts';
import type { View, World } from '../../../faults/world.ts';
import { modelDeployment, modelVersion } from '../../../integration/operator/samples.ts';
import { at, condition, isTrue } from '../../../integration/operator/watching.ts';
import { containersOf, taskOf } from '../../../pods.ts';
import { edited, lacking } from '../edit.ts';
import { lull, short, type Mirrored, type Seen, type Subject } from '../subject.ts';
import { amountsIn, variablesIn } from './containers.ts';

const name = 'fraud';
const plural = 'pipelines';

const prepare: Json = {
  name: 'prepare', outputs: [{ name: 'data' }], inputs: [{ name: 'days', from: { uri: 'pvc://data/days' } }], timeout: '30m',
  container: { image: 'prepare:1', command: ['prepare'], args: ['$(params.depth)'], env: [{ name: 'SINCE', value: '$(params.since)' }], workingDir: '/srv', resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } },
};
const train: Json = {
  name: 'train', container: { image: 'train:1' }, dependsOn: ['check'], retry: { limit: 1 }, outputs: [{ name: 'model' }], results: [{ name: 'recall' }, { name: 'before' }],
  inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }, { name: 'parent', from: { modelVersionRef: { name: 'fraud-1' } } }, { name: 'champion', from: { championOf: 'scorer' } }],
};
const baseline: Json = { name: 'baseline', profile: { input: 'data', label: 'fraud', prediction: 'said' }, inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }] };
const gate = { name: 'good', expression: 'metrics.recall >= 0.7' };
const spec: Json = {
  params: [{ name: 'depth', default: '4' }, { name: 'since', default: '2026' }],
  artifactStore: { type: 'Volume', volume: { storage: '1Gi', storageClassName: 'fast', accessMode: 'ReadWriteOnce' } },
  steps: [prepare, { name: 'check', container: { image: 'check:1' }, outputs: [{ name: 'data' }], results: [{ name: 'recall' }] }, train, baseline, { ...baseline, name: 'another', dependsOn: ['train'] }],
  register: {
    model: 'fraud', artifact: { step: 'train', output: 'model' }, format: { name: 'sklearn', version: '1.7' }, profile: { step: 'baseline' },
    metrics: [{ name: 'recall', from: { step: 'train', result: 'recall' }, champion: { step: 'train', result: 'before' }, dataset: { step: 'prepare', output: 'data' } }],
    policy: { gates: [gate] },
  },
  triggers: { onChange: true },
};
const named: Json = edited(spec, 'artifactStore.volume', { claimName: 'store' });

/** A Pipeline that runs whenever it changes, and once more when it is asked to, with a step that fails. */
export const pipeline: Subject = {
  kind: 'Pipeline', plural, name,
  specs: [spec, named],
  telling: {
    'spec.params[].name': [edited(spec, 'params.1', { name: 'until', default: '1' })],
    'spec.params[]': [edited(spec, 'params.2', { name: 'more', default: '1' })],
    'spec.artifactStore': [named], 'spec.artifactStore.volume': [named],
    'spec.artifactStore.volume.claimName': [edited(named, 'artifactStore.volume.claimName', 'data')],
    'spec.steps': [edited(spec, 'steps.4', undefined)], 'spec.steps[]': [edited(spec, 'steps.4.name', 'further')],
    'spec.steps[].name': [edited(spec, 'steps.4.name', 'further')],
    'spec.steps[].dependsOn': [edited(spec, 'steps.4.dependsOn', [])], 'spec.steps[].dependsOn[]': [edited(spec, 'steps.4.dependsOn', ['check'])],
    'spec.steps[].profile': [edited(spec, 'steps.3.profile.label', 'other')], 'spec.steps[].profile.input': [edited(edited(spec, 'steps.3.profile.input', 'rows'), 'steps.3.inputs.0.name', 'rows')],
    'spec.steps[].inputs': [edited(spec, 'steps.0.inputs', [])], 'spec.steps[].inputs[]': [edited(spec, 'steps.0.inputs.0.from.uri', 'pvc://data/nights')],
    'spec.steps[].inputs[].from': [edited(spec, 'steps.2.inputs.0.from', { uri: 'pvc://data/days' })],
    'spec.steps[].inputs[].from.step': [edited(spec, 'steps.2.inputs.0.from.step', 'check')],
    'spec.steps[].inputs[].from.output': [edited(edited(spec, 'steps.1.outputs.0.name', 'rows'), 'steps.2.inputs.0.from', { step: 'check', output: 'rows' })],
    'spec.steps[].inputs[].from.modelVersionRef': [edited(spec, 'steps.2.inputs.1.from', { uri: 'pvc://data/days' })],
    'spec.steps[].inputs[].from.modelVersionRef.name': [edited(spec, 'steps.2.inputs.1.from.modelVersionRef.name', 'old-1')],
    'spec.steps[].inputs[].from.championOf': [edited(spec, 'steps.2.inputs.2.from.championOf', 'none')],
    'spec.steps[].outputs[]': [edited(spec, 'steps.1.outputs.0', { name: 'rows' })], 'spec.steps[].outputs[].name': [edited(spec, 'steps.1.outputs.0.name', 'rows')],
    'spec.steps[].results[]': [edited(spec, 'steps.1.results.0', { name: 'rows' })], 'spec.steps[].results[].name': [edited(spec, 'steps.1.results.0.name', 'rows')],
    'spec.steps[].retry': [edited(spec, 'steps.2.retry.limit', 3)], 'spec.steps[].retry.limit': [edited(spec, 'steps.2.retry.limit', 3)],
    'spec.register.artifact': [edited(spec, 'register.artifact', { step: 'prepare', output: 'data' })],
    'spec.register.artifact.step': [edited(spec, 'register.artifact', { step: 'check', output: 'data' })],
    'spec.register.artifact.output': [edited(spec, 'register.artifact', { step: 'check', output: 'data' })],
    'spec.register.profile.step': [edited(spec, 'register.profile.step', 'another')],
    'spec.register.metrics[]': [edited(spec, 'register.metrics.0.name', 'found')],
    'spec.register.metrics[].from': [edited(spec, 'register.metrics.0.from', { step: 'check', result: 'recall' })],
    'spec.register.metrics[].from.step': [edited(spec, 'register.metrics.0.from.step', 'check')],
    'spec.register.metrics[].from.result': [edited(spec, 'register.metrics.0.from.result', 'before')],
    'spec.register.metrics[].champion': [edited(spec, 'register.metrics.0.champion', undefined)],
    'spec.register.metrics[].champion.step': [edited(edited(edited(spec, 'steps.1.inputs', [{ name: 'champion', from: { championOf: 'other' } }]), 'steps.1.results.0.name', 'before'), 'register.metrics.0.champion.step', 'check')],
    'spec.register.metrics[].champion.result': [edited(spec, 'register.metrics.0.champion.result', 'recall')],
    'spec.register.metrics[].dataset': [edited(spec, 'register.metrics.0.dataset', undefined)],
    'spec.register.metrics[].dataset.step': [edited(spec, 'register.metrics.0.dataset.step', 'check')],
    'spec.register.metrics[].dataset.output': [edited(spec, 'register.metrics.0.dataset', { step: 'train', output: 'model' })],
    'spec.register.policy.gates[]': [edited(spec, 'register.policy.gates.0', { name: 'no', expression: 'false' })],
    'spec.register.policy.gates[].expression': [edited(spec, 'register.policy.gates.0.expression', 'metrics.recall >= 0.95'), edited(spec, 'register.policy.gates.0.expression', '1 +')],
  },
  unseen: { 'spec.register.profile.step': 'all profiles of this world are the same, and registration.test.ts shows which one is taken' },
  surround: async (world) => {
    for (const [one, model] of [['fraud-1', 'fraud'], ['old-1', 'old']] as const) await world.apply('modelversions', modelVersion(one, { model }));
    for (const [one, ref] of [['scorer', 'fraud-1'], ['other', 'old-1']] as const) await world.apply('modeldeployments', serving(one, ref));
    await world.until('the champions serve', (view) => ['scorer', 'other'].every((one) => isTrue(view.get('modeldeployments', one), 'Ready')));
    world.outside.result = ({ step }, result) => (step === 'train' ? (result === 'recall' ? '0.9' : '0.8') : '0.75');
    await lull(world);
  },
  rest: lull,
  challenge,
  // The order in which steps begin.
  course: (history) => ({ steps: history.filter(({ plural: of, type }) => of === 'jobs' && type === 'Added').map(({ live }) => at(live, 'metadata', 'labels', 'modelkeeper.dev/step')) }),
  mirrored, lasting,
  goesOn: () => false,
  affordable: short,
  serves: () => true,
};

function serving(one: string, ref: string): ReturnType<typeof modelDeployment> {
  return { ...modelDeployment({ model: ref.split('-')[0], version: { type: 'Ref', ref: { name: ref } } }), metadata: { name: one } };
}

/** All steps that train fail, in a run that somebody asks for. */
async function challenge(world: World): Promise<void> {
  world.outside.ending = ({ step }) => (step === 'train' ? 'Fails' : 'Succeeds');
  await world.mergePatch(plural, name, { metadata: { annotations: { 'modelkeeper.dev/run': 'again' } } });
  await lull(world, 90_000);
}

function runOf(view: View): Json | undefined {
  return view.get('pipelineruns', textAt(view.get(plural, name), 'status', 'lastRun', 'name'));
}

/** What is made of each step that the newest run has started, and the version that it registered. */
function mirrored(spec: Json, view: View): Mirrored {
  const run = runOf(view);
  if (run === undefined || spec['suspend'] === true || condition(view.get(plural, name), 'Ready')?.reason !== 'RunsCanStart' || at(spec, 'triggers', 'onChange') !== true) return [];
  const jobs = view.list('jobs').filter((job) => at(job, 'metadata', 'labels', 'modelkeeper.dev/run') === textAt(run, 'metadata', 'name'));
  const version = view.get('modelversions', textAt(run, 'status', 'modelVersionRef', 'name'));
  const { register } = spec;
  return [
    ...asItems(spec['steps']).flatMap((step) => {
      const job = jobs.find((one) => at(one, 'metadata', 'labels', 'modelkeeper.dev/step') === at(step, 'name'));
      return job === undefined ? [] : stepOf(job, asRecord(step) ?? {});
    }),
    ...(version === undefined ? [] : [
      ['the model', at(version, 'spec', 'model'), at(register, 'model')] as const,
      ['its format', at(version, 'spec', 'format'), at(register, 'format')] as const,
      ['its gates', at(version, 'spec', 'policy'), at(register, 'policy')] as const,
      ['its metrics', asItems(at(version, 'spec', 'metrics')).map((one) => at(one, 'name')), asItems(at(register, 'metrics')).map((one) => at(one, 'name'))] as const,
    ]),
  ];
}

function stepOf(job: Json, step: Json): Mirrored {
  const what = `step ${textAt(step, 'name')}`;
  const template = asRecord(at(job, 'spec', 'template')) ?? {};
  const inits = containersOf(template, 'initContainers');
  const made = inits.find((one) => one['name'] === 'step');
  const tasks = [...inits, ...containersOf(template, 'containers')].map(taskOf);
  const publish = tasks.find((one) => one?.verb === 'publish');
  const fetch = tasks.find((one) => one?.verb === 'fetch');
  const profile = tasks.find((one) => one?.verb === 'profile');
  const container = asRecord(step['container']);
  const names = (list: unknown): unknown[] => asItems(list).map((one) => at(one, 'name'));
  return [
    [`deadline of ${what}`, at(job, 'spec', 'activeDeadlineSeconds'), durationMs(textAt(step, 'timeout')) / 1_000],
    [`inputs of ${what}`, fetch?.inputs.map((one) => one.name), names(step['inputs'])],
    [`outputs of ${what}`, publish?.outputs, step['profile'] === undefined ? names(step['outputs']) : ['profile']],
    [`results of ${what}`, publish?.results, names(step['results'])],
    [`columns of ${what}`, profile && [profile.input, profile.label, profile.prediction], asRecord(step['profile']) && ['input', 'label', 'prediction'].map((member) => at(step['profile'], member))],
    ...(container === undefined ? [] : [
      [`image of ${what}`, made?.['image'], container['image']] as const,
      [`folder of ${what}`, made?.['workingDir'], container['workingDir']] as const,
      [`resources of ${what}`, made?.['resources'] ?? {}, amountsIn(asRecord(container['resources']) ?? {})] as const,
      ...(['command', 'args'] as const).map((list) => [`${list} of ${what}`, ...plain(asItems(made?.[list]), asItems(container[list]))] as const),
      [`variables of ${what}`, variablesIn(made?.['env']).slice(0, -2).length, variablesIn(container['env']).length] as const,
    ]),
  ];
}

/** Texts in which nothing is replaced, or how many there are. */
function plain(found: readonly unknown[], said: readonly unknown[]): readonly [unknown, unknown] {
  return said.some((text) => String(text).includes('$')) ? [found.length, said.length] : [found, said];
}

/**
 * Former runs, what they registered and stores that were made are kept. Of runs only the newest is compared, when the spec
 * has started one, and not what it was made for, because it takes the spec of the moment in which it can start; where its
 * pods go follows from the store.
 */
function lasting({ digest }: Seen, spec: Json): Json {
  const { lastRun, startedDigest, ...own } = asRecord(at(digest[`${plural}/${name}`], 'status')) ?? {};
  if (at(spec, 'triggers', 'onChange') !== true || spec['suspend'] === true) return own;
  const run = lacking(asRecord(digest[`pipelineruns/${textAt(lastRun, 'name')}`]), new Set(['modelkeeper.dev/spec-digest']));
  const jobs = asItems(at(run, 'status', 'steps')).map((step) => lacking(digest[`jobs/${textAt(step, 'job', 'name')}`], new Set(['affinity'])));
  const version = digest[`modelversions/${textAt(run, 'status', 'modelVersionRef', 'name')}`];
  const text = JSON.stringify({ own, startedDigest, result: at(lastRun, 'result'), run, jobs, version }).replaceAll(/#\d+/g, '').replaceAll(/fraud-\d+/g, 'fraud-N');
  return asRecord(JSON.parse(text)) ?? {};
}
